/** Keys of the API: made, hashed, looked up. A key is shown once, and only its hash is kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../errors.js';
import type { KeyAnswer, KeyInput, KeyMade, Scope } from '../schema/administration.js';
import type { Store, StoredKey } from '../store/contract.js';

const PREFIX = 'kindred';

/** Who asks, and what they may. */
export interface Caller {
  /** The id of the key; "local" where none is needed. */
  readonly id: string;
  readonly scopes: readonly Scope[];
  /** Null for all. */
  readonly namespaces: readonly string[] | null;
}

export class KeyRing {
  readonly #store: Store;
  readonly #keys = new Map<string, StoredKey>();

  private constructor(store: Store) {
    this.#store = store;
  }

  static async load(store: Store, reads: Pick<Store, 'keys'> = store): Promise<KeyRing> {
    const ring = new KeyRing(store);
    ring.replace(await reads.keys());
    return ring;
  }

  /** These are the keys from now on. */
  replace(keys: readonly StoredKey[]): void {
    this.#keys.clear();
    for (const key of keys) this.#keys.set(key.id, key);
  }

  get size(): number {
    return this.#keys.size;
  }

  list(): KeyAnswer[] {
    return [...this.#keys.values()].map(answerOf);
  }

  async make({ scopes, namespaces = undefined, expires = undefined }: KeyInput): Promise<KeyMade> {
    const isFirst = this.#keys.size === 0;
    if (isFirst && (!scopes.includes('admin') || namespaces !== undefined || expires !== undefined)) {
      const message =
        'The first key must have the scope admin, for all namespaces and without an end: nobody could make another.';
      throw new Refusal('CONFLICT', message);
    }
    const [id, secret] = [randomBytes(6).toString('hex'), randomBytes(32).toString('base64url')];
    const key: StoredKey = {
      id,
      hash: hashOf(secret),
      scopes,
      namespaces: namespaces ?? null,
      expires: expires ?? null,
    };
    const { seq } = await this.#store.write({ kind: 'put-key', ...key });
    this.#keys.set(id, key);
    return { ...answerOf(key), secret: `${PREFIX}_${id}_${secret}`, asOf: seq };
  }

  /** @throws Refusal UNKNOWN_NAME; CONFLICT for the last key that can make others */
  async delete(id: string): Promise<{ asOf: number }> {
    if (!this.#keys.has(id)) throw new Refusal('UNKNOWN_NAME', `There is no key ${JSON.stringify(id)}.`);
    const others = [...this.#keys.values()].filter((key) => key.id !== id);
    if (others.length > 0 && !others.some(isMaster)) {
      throw new Refusal(
        'CONFLICT',
        `The key ${id} is the last one with the scope admin for all namespaces: make another first.`,
      );
    }
    const { seq } = await this.#store.write({ kind: 'delete-key', id });
    this.#keys.delete(id);
    return { asOf: seq };
  }

  /** Whose key this is; undefined if it is nobody's, or no longer. Takes as long for every secret of a known id. */
  find(text: string): Caller | undefined {
    const [prefix, id = '', ...rest] = text.split('_');
    const key = prefix === PREFIX ? this.#keys.get(id) : undefined;
    const given = hashOf(rest.join('_'));
    const isRight = timingSafeEqual(given, key?.hash ?? Buffer.alloc(given.length));
    if (key === undefined || !isRight) return undefined;
    return key.expires !== null && key.expires <= Date.now() ? undefined : key;
  }
}

function isMaster({ scopes, namespaces, expires }: StoredKey): boolean {
  return scopes.includes('admin') && namespaces === null && expires === null;
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function answerOf({ id, scopes, namespaces, expires }: StoredKey): KeyAnswer {
  return { id, scopes: [...scopes], namespaces: namespaces && [...namespaces], expires };
}
