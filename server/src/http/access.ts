/** Who may ask what: keys and their scopes; without keys, only this machine. */
import { Refusal } from '../errors.js';
import type { Caller, KeyRing } from '../keys/key-ring.js';
import type { Scope } from '../schema/administration.js';

const LOCAL: Caller = { id: 'local', scopes: ['read', 'write', 'admin'], namespaces: null };
const LOCAL_NAMES = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

export interface Wanted {
  /** Sites whose pages may ask. */
  readonly origins: readonly string[];
  readonly scope: Scope;
  readonly namespace: string;
  readonly everywhere: boolean;
}

/**
 * @param keysNeeded whether requests without a key are refused also while there is none.
 * @throws Refusal UNAUTHENTICATED, FORBIDDEN
 */
export function requireAccess(request: Request, keys: KeyRing, keysNeeded: boolean, wanted: Wanted): Caller {
  const caller = callerOf(request, keys, keysNeeded, wanted.origins);
  const { scope, namespace, everywhere } = wanted;
  if (!caller.scopes.includes(scope)) throw new Refusal('FORBIDDEN', `This needs a key with the scope ${scope}.`);
  if (everywhere && caller.namespaces !== null) throw new Refusal('FORBIDDEN', 'This needs a key for all namespaces.');
  if (caller.namespaces?.includes(namespace) === false) {
    throw new Refusal('FORBIDDEN', `The key is not for the namespace ${JSON.stringify(namespace)}.`);
  }
  return caller;
}

function callerOf(request: Request, keys: KeyRing, keysNeeded: boolean, origins: readonly string[]): Caller {
  if (keys.size === 0 && !keysNeeded) {
    requireLocal(request, origins);
    return LOCAL;
  }
  const [, secret] = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  const caller = secret === undefined ? undefined : keys.find(secret);
  if (caller !== undefined) return caller;
  const what = secret === undefined ? 'This needs a key' : 'The key is not known, or has come to its end';
  throw new Refusal('UNAUTHENTICATED', `${what}: send it as Authorization: Bearer KEY.`);
}

/** A page of another site can make its own name lead here, or send a form: then the headers tell. */
function requireLocal(request: Request, origins: readonly string[]): void {
  const host = request.headers.get('host') ?? 'localhost';
  if (!LOCAL_NAMES.test(host)) {
    throw new Refusal(
      'FORBIDDEN',
      `Without keys only localhost may be asked, and the request names ${host.slice(0, 100)}.`,
    );
  }
  const origin = request.headers.get('origin');
  if (origin === null || origins.includes(origin) || origin === `http://${host}`) return;
  throw new Refusal('FORBIDDEN', `Pages of ${origin.slice(0, 100)} may not ask: --origin allows a site.`);
}
