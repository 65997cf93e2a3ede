/** Every conformance case. Nothing here knows where it runs: Node, a browser or an emulated machine. */
import { alsCases } from './als-cases.js';
import type { Case } from './case.js';
import { corpusCases } from './corpus-cases.js';
import { dtypeCases } from './dtype-cases.js';
import { embeddingCases } from './embedding-cases.js';
import { encodedCases } from './encoded-cases.js';
import { drawWaysFor } from './encoded-search.js';
import { linearCases } from './linear-cases.js';
import { pairCases } from './pair-cases.js';
import { rowsCases } from './rows-cases.js';
import { sparseCases } from './sparse-cases.js';

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
