/**
 * Tables that the training of skip-grams draws from: noise words by frequency, the sigmoid, and which words to leave
 * out.
 */
import { exp, power } from './exact-math.js';

const TWO_32 = 2 ** 32;

/** The sigmoid as `SkipGramSetup` wants it: each entry for the middle of its interval. */
export function sigmoidTable(): Float32Array {
  return Float32Array.from({ length: 1025 }, (_, n) => 1 / (1 + exp(8 - (n + 0.5) / 64)));
}

/**
 * Draws a word in proportion to its count to the power of `exponent`, in two steps whatever the number of words
 * (Walker's alias method, built as by Vose 1991).
 */
export function noiseTable(counts: Float64Array, exponent: number): { accept: Uint32Array; alias: Uint32Array } {
  const words = counts.length;
  const weights = Float64Array.from(counts, (count) => power(count, exponent));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => (weight / total) * words);
  const accept = new Uint32Array(words).fill(TWO_32 - 1);
  const alias = Uint32Array.from({ length: words }, (_, word) => word);
  const [poor, rich]: [number[], number[]] = [[], []];
  shares.forEach((share, word) => {
    (share < 1 ? poor : rich).push(word);
  });
  // Each poor word's cell is filled up by a rich one, which may thereby become poor. What rounding leaves over keeps
  // its cell.
  while (poor.length > 0 && rich.length > 0) {
    const word = poor.pop() as number;
    const giver = rich[rich.length - 1];
    accept[word] = Math.floor(shares[word] * TWO_32);
    alias[word] = giver;
    shares[giver] = shares[giver] + shares[word] - 1;
    if (shares[giver] < 1) poor.push(rich.pop() as number);
  }
  return { accept, alias };
}

/**
 * For each word the number that 32 random bits must not exceed for an occurrence to be kept. A word that makes up a
 * share f of all is kept with probability sqrt(t / f) + t / f (as the authors' program has it), t being `sample`; 0
 * keeps all.
 */
export function keepThresholds(counts: Float64Array, sample: number): Uint32Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Uint32Array.from(counts, (count) => {
    const ratio = (sample * total) / count;
    const share = sample === 0 ? 1 : Math.min(1, Math.sqrt(ratio) + ratio);
    return Math.min(TWO_32 - 1, Math.floor(share * TWO_32));
  });
}
