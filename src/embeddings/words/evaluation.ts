/** How good word vectors are: agreement with people's judgements, and questions of analogy. */
import { readFunction, readIterable } from '../../arguments/choices.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import type { WordVectors } from './word-vectors.js';

/** Two words, and how similar people find them. */
export type JudgedPair = readonly [a: string, b: string, score: number];

/** a is to b as c is to `expected`. */
export interface AnalogyQuestion {
  readonly a: string;
  readonly b: string;
  readonly c: string;
  readonly expected: string;
  /** What kind of question it is; results are told for each. */
  readonly section?: string | undefined;
}

export interface EvaluationOptions {
  /** What becomes of each word before it is looked up, such as `(word) => word.toLowerCase()`. */
  readonly normalize?: ((word: string) => string) | undefined;
}

export interface SimilarityReport {
  /**
   * Spearman's rank correlation of cosines and judgements; NaN for fewer than two pairs or if one side is all equal.
   */
  readonly spearman: number;
  readonly used: number;
  /** Pairs with a word that there is no vector for. */
  readonly skipped: readonly JudgedPair[];
}

export interface AnalogyResult {
  /** Of the questions answered; NaN if there was none. */
  readonly accuracy: number;
  readonly correct: number;
  readonly answered: number;
  /** Questions with a word that there is no vector for. */
  readonly skipped: number;
}

export interface AnalogyReport extends AnalogyResult {
  /** In order of first appearance; questions without a section count only in the whole. */
  readonly sections: readonly (AnalogyResult & { readonly section: string })[];
}

const OPTIONS: OptionNames<EvaluationOptions> = { normalize: true };

/** Questions searched for together. */
const BATCH = 1024;

/**
 * Spearman's rank correlation, equal values sharing their mean rank, of cosines and people's judgements.
 * @throws KindredError INVALID_ARGUMENT for a pair of another kind
 * @example
 * const vectors = WordVectors.from(['tea', 'coffee', 'chess'], [[1, 0], [0.9, 0.1], [0, 1]]);
 * evaluateSimilarity(vectors, [['tea', 'coffee', 9], ['tea', 'chess', 1]]).spearman; // 1
 */
export function evaluateSimilarity(
  vectors: WordVectors,
  pairs: Iterable<JudgedPair>,
  options: EvaluationOptions = {},
): SimilarityReport {
  const normalize = readNormalize(options);
  const skipped: JudgedPair[] = [];
  const cosines: number[] = [];
  const judgements: number[] = [];
  for (const pair of readIterable(pairs, 'pairs')) {
    const isPair = Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string';
    if (!isPair || !Number.isFinite(pair[2])) {
      throw new KindredError('INVALID_ARGUMENT', `a pair must be [word, word, number], not ${show(pair)}`);
    }
    const [a, b] = [normalize(pair[0]), normalize(pair[1])];
    if (vectors.has(a) && vectors.has(b)) {
      cosines.push(vectors.similarity(a, b));
      judgements.push(pair[2]);
    } else {
      skipped.push(pair);
    }
  }
  return { spearman: correlation(ranks(cosines), ranks(judgements)), used: cosines.length, skipped };
}

/**
 * How many questions are answered right: the word nearest to b - a + c, other than a, b and c, is the expected one
 * (3CosAdd).
 * @throws KindredError INVALID_ARGUMENT for a question of another kind
 * @example
 * const vectors = WordVectors.from(['man', 'king', 'woman', 'queen'], [[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1]]);
 * evaluateAnalogies(vectors, [{ a: 'man', b: 'king', c: 'woman', expected: 'queen' }]).accuracy; // 1
 */
export function evaluateAnalogies(
  vectors: WordVectors,
  questions: Iterable<AnalogyQuestion>,
  options: EvaluationOptions = {},
): AnalogyReport {
  const normalize = readNormalize(options);
  const whole = new AnswerCount();
  const sections = new Map<string, AnswerCount>();
  let waiting: { words: string[]; counts: AnswerCount[] }[] = [];
  const answer = () => {
    if (waiting.length === 0) return;
    const queries = waiting.map(({ words: [a, b, c] }) => vectors.analogyQuery(a, b, c));
    // Of the four best one at least is not asked with.
    const hits = vectors.index.searchBatch(queries, 4);
    waiting.forEach(({ words, counts }, q) => {
      const best = hits.row(q).find(({ id }) => !words.slice(0, 3).includes(id));
      for (const each of counts) each.add(best?.id === words[3]);
    });
    waiting = [];
  };
  for (const question of readIterable(questions, 'questions')) {
    const { a, b, c, expected, section } = requireQuestion(question);
    const words = [a, b, c, expected].map(normalize);
    const counts = [whole];
    if (section !== undefined) {
      if (!sections.has(section)) sections.set(section, new AnswerCount());
      counts.push(sections.get(section) as AnswerCount);
    }
    if (words.every((word) => vectors.has(word))) waiting.push({ words, counts });
    else for (const each of counts) each.skipped++;
    if (waiting.length === BATCH) answer();
  }
  answer();
  return { ...whole.result(), sections: Array.from(sections, ([section, count]) => ({ section, ...count.result() })) };
}

/**
 * Questions in the form of `questions-words.txt`: lines of four words, sections that begin with `: name`.
 * @throws KindredError CORRUPT_FILE naming the line
 * @example
 * parseAnalogies(': capitals\nAthens Greece Oslo Norway\n')[0].expected; // 'Norway'
 */
export function parseAnalogies(text: string): AnalogyQuestion[] {
  const questions: AnalogyQuestion[] = [];
  let section: string | undefined;
  for (const { line, number } of linesOf(text)) {
    if (line.startsWith(':')) {
      section = line.slice(1).trim();
      continue;
    }
    const words = line.split(/\s+/);
    if (words.length !== 4) fail(number, `${words.length} words, not four`);
    const [a, b, c, expected] = words;
    questions.push({ a, b, c, expected, section });
  }
  return questions;
}

/**
 * Judged pairs: lines of two words and a number, between tabs, commas or spaces; lines that begin with `#` say
 * something else.
 * @throws KindredError CORRUPT_FILE naming the line
 * @example
 * parseJudgedPairs('tea\tcoffee\t8.5\n'); // [['tea', 'coffee', 8.5]]
 */
export function parseJudgedPairs(text: string): JudgedPair[] {
  const pairs: JudgedPair[] = [];
  for (const { line, number } of linesOf(text)) {
    if (line.startsWith('#')) continue;
    const [a, b, score, ...more] = line.split(/\t|,|\s+/);
    if (score === undefined || score === '' || !Number.isFinite(Number(score)) || more.length > 0) {
      fail(number, `${show(line)}, not two words and a number`);
    }
    pairs.push([a, b, Number(score)]);
  }
  return pairs;
}

class AnswerCount {
  skipped = 0;
  #correct = 0;
  #answered = 0;

  add(right: boolean): void {
    this.#answered++;
    if (right) this.#correct++;
  }

  result(): AnalogyResult {
    const [correct, answered] = [this.#correct, this.#answered];
    return { accuracy: correct / answered, correct, answered, skipped: this.skipped };
  }
}

/** From 1; equal values share the mean of their ranks. */
function ranks(values: readonly number[]): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const result = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let n = from; n < to; n++) result[order[n]] = (from + 1 + to) / 2;
    from = to;
  }
  return result;
}

/** Pearson's. */
function correlation(x: Float64Array, y: Float64Array): number {
  const mean = (x.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) ** 2;
    yy += (y[i] - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

function requireQuestion(question: AnalogyQuestion): AnalogyQuestion {
  if (typeof question === 'object' && question !== null) {
    const { a, b, c, expected } = question;
    if ([a, b, c, expected].every((word) => typeof word === 'string')) return question;
  }
  throw new KindredError('INVALID_ARGUMENT', `a question must be { a, b, c, expected }, not ${show(question)}`);
}

function readNormalize(options: EvaluationOptions): (word: string) => string {
  const { normalize = same } = readObject(options, '{ normalize: (word) => word.toLowerCase() }', OPTIONS);
  return readFunction(normalize, 'normalize');
}

function* linesOf(text: string): Generator<{ line: string; number: number }> {
  if (typeof text !== 'string') throw new KindredError('INVALID_ARGUMENT', `expected a text, not ${show(text)}`);
  let number = 0;
  for (const raw of text.split('\n')) {
    number++;
    const line = raw.trim();
    if (line !== '') yield { line, number };
  }
}

function fail(line: number, found: string): never {
  throw new KindredError('CORRUPT_FILE', `line ${line}: found ${found}`);
}

function same(word: string): string {
  return word;
}
