/** Bodies as they come in: of a known type, no longer than allowed, in UTF-8. */
import { Refusal } from '../errors.js';
import { LIMITS } from '../limits.js';
import { readJson } from '../schema/json.js';

/** @throws Refusal UNSUPPORTED, TOO_LARGE, INVALID_REQUEST */
export async function readBody(request: Request): Promise<unknown> {
  requireType(request, 'application/json');
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  if (declared > LIMITS.bodyBytes) throw tooLarge();
  // No more than that can come, and reading it in one piece is several times faster.
  if (declared >= 0) return readJson(decode(new Uint8Array(await request.arrayBuffer())));
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytesOf(request)) {
    size += piece.length;
    if (size > LIMITS.bodyBytes) throw tooLarge();
    pieces.push(piece);
  }
  return readJson(decode(Buffer.concat(pieces)));
}

/** The lines of a stream. @throws Refusal UNSUPPORTED, TOO_LARGE for a line, INVALID_REQUEST */
export async function* readLines(request: Request): AsyncGenerator<string> {
  requireType(request, 'application/x-ndjson');
  let rest = Buffer.alloc(0);
  for await (const piece of bytesOf(request)) {
    const all = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    const whole = all.lastIndexOf(10);
    if (whole >= 0) yield* linesOf(all.subarray(0, whole));
    rest = all.subarray(whole + 1);
    if (rest.length > LIMITS.lineBytes) {
      throw new Refusal('TOO_LARGE', `A line has more than ${LIMITS.lineBytes} bytes.`);
    }
  }
  if (rest.length > 0) yield decode(rest);
}

/** Decoded at once, which costs least, or one by one where a line is to be refused, or begins with a mark of its own. */
function* linesOf(bytes: Buffer): Generator<string> {
  const text = decodeWhole(bytes);
  if (text !== undefined && !text.includes('\ufeff')) {
    yield* text.split('\n');
    return;
  }
  let from = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
    yield decode(bytes.subarray(from, end));
    from = end + 1;
  }
  yield decode(bytes.subarray(from));
}

async function* bytesOf(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

/** A page of another site can send forms and plain text, but not this without being asked first. */
function requireType(request: Request, wanted: string): void {
  const given = request.headers.get('content-type') ?? 'none';
  const [type, ...parameters] = given.split(';').map((part) => part.trim().toLowerCase());
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding !== 'identity') {
    throw new Refusal('UNSUPPORTED', `The body is encoded as ${coding.slice(0, 100)}; send it as it is.`);
  }
  const isUtf8 = parameters.every((each) => !each.startsWith('charset=') || /^charset="?utf-?8"?$/.test(each));
  if (type === wanted && isUtf8) return;
  throw new Refusal('UNSUPPORTED', `The type of the body is ${given.slice(0, 100)}; expected ${wanted} in UTF-8.`);
}

const STRICT = new TextDecoder('utf-8', { fatal: true });
const WITH_MARKS = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return STRICT.decode(bytes);
  } catch {
    throw new Refusal('INVALID_REQUEST', 'The body is no UTF-8.');
  }
}

function decodeWhole(bytes: Uint8Array): string | undefined {
  try {
    return WITH_MARKS.decode(bytes);
  } catch {
    return undefined;
  }
}

function tooLarge(): Refusal {
  return new Refusal(
    'TOO_LARGE',
    `The body has more than ${LIMITS.bodyBytes} bytes: send several, or a stream of lines.`,
  );
}
