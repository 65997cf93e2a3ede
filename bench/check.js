/** Answers are examined before they are timed: kindred's bit for bit, peers' within a stated tolerance. */
import { createHash } from 'node:crypto';

/**
 * How far a peer's score may be off: they add float32 in orders of their own. Rounding at d = 3072 stays well below, a
 * wrong row or a missing normalisation is far above.
 */
export const TOLERANCE = 2e-5;

/** Every number has the same bits, or an error names the first that has not. */
export function expectSameBits(what, answer, expected) {
  if (answer.length !== expected.length) {
    throw new Error(`${what}: ${answer.length} numbers where ${expected.length} are right`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(answer[i], expected[i])) {
      throw new Error(`${what}: number ${i} is ${answer[i]} where ${expected[i]} is right, bit for bit`);
    }
  }
}

/** Every number is within the tolerance, or an error names the first that is not. */
export function expectNear(what, answer, expected, tolerance = TOLERANCE) {
  if (answer.length !== expected.length) {
    throw new Error(`${what}: ${answer.length} numbers where ${expected.length} are right`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(answer[i] - expected[i]) <= tolerance)) {
      throw new Error(`${what}: number ${i} is ${answer[i]} where ${expected[i]} is right, within ${tolerance}`);
    }
  }
}

/** SHA-256 of typed arrays, one after the other: whole answers of different builds are compared by it. */
export function digest(...arrays) {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of arrays) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}
