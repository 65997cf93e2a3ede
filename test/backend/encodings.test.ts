/** What one backend encoded is true on another: each turns rows the same way, and checks a sample of what it takes over. */
import { describe, expect, it } from 'vitest';
import { openLevels } from '../fixtures/levels.js';
import { ENCODED_ROWS } from './conformance/encoded-rows.js';
import { adopt, encodeAll, encodingOf } from './conformance/encoded-search.js';
import { Random } from './conformance/random.js';

const KINDS = { uniform: 'raw', 'around a distant mean': 'centred', 'with outlier elements': 'rotated' };
const [ROWS, DIM] = [2080, 100];

const filtering = openLevels.filter(
  ({ backend }) => backend.openCorpus(DIM, 'cosine').encoder && backend.level !== 'scalar',
);

describe.each(Object.entries(KINDS))('rows %s', (kind, mode) => {
  const rows = ENCODED_ROWS[kind](new Random('encodings'), ROWS, DIM);
  const encodings = filtering.map(({ label, backend }) => {
    const corpus = backend.openCorpus(DIM, 'cosine');
    corpus.append(rows);
    encodeAll(corpus);
    const encoding = encodingOf(corpus);
    corpus.free();
    return { label, backend, encoding };
  });
  const [first] = encodings;

  it.each(encodings)(`are encoded by $label as ${mode}`, ({ encoding }) => {
    expect(encoding?.mode).toBe(mode);
    expect(encoding?.rows).toBe(ROWS);
  });

  it.each(encodings)('are adopted by $label from the first level and the last', ({ backend }) => {
    for (const { encoding } of [first, encodings[encodings.length - 1]]) {
      const corpus = backend.openCorpus(DIM, 'cosine');
      corpus.append(rows);
      if (encoding) adopt(corpus, encoding);
      expect(corpus.encoder?.state).toEqual({ mode, rows: ROWS });
      corpus.free();
    }
  });
});
