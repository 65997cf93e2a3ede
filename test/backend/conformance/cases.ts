/** Every conformance case. Nothing here knows where it runs: Node, a browser or an emulated machine. */

import type { Case } from './case.js';
import { alsCases } from './cases/als-cases.js';
import { corpusCases } from './cases/corpus-cases.js';
import { dtypeCases } from './cases/dtype-cases.js';
import { embeddingCases } from './cases/embedding-cases.js';
import { encodedCases } from './cases/encoded-cases.js';
import { linearCases } from './cases/linear-cases.js';
import { pairCases } from './cases/pair-cases.js';
import { rowsCases } from './cases/rows-cases.js';
import { sparseCases } from './cases/sparse-cases.js';
import { drawWaysFor } from './encoded-search.js';

/** Cases about pairs of vectors and rows of an index. */
export const denseCases: readonly Case[] = [
  ...pairCases,
  ...rowsCases,
  ...corpusCases,
  ...dtypeCases,
  ...encodedCases,
].map(withWays);

export const cases: readonly Case[] = [
  ...denseCases,
  ...[...linearCases, ...sparseCases, ...alsCases, ...embeddingCases].map(withWays),
];

function withWays(each: Case): Case {
  return {
    ...each,
    run(backend) {
      drawWaysFor(each.name);
      return each.run(backend);
    },
  };
}

/** What slow machines run. */
export const lightCases = cases.filter(({ heavy }) => heavy !== true);

/** Long searches of encoded rows. To a level that sifts nothing they are searches of any rows. */
export const siftingCases = cases.filter(({ heavy, name }) => heavy === true && name.includes('encoded search'));
