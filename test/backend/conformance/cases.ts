/** Every conformance case. Nothing here knows where it runs: Node, a browser or an emulated machine. */
import { alsCases } from './als-cases.js';
import type { Case } from './case.js';
import { corpusCases } from './corpus-cases.js';
import { dtypeCases } from './dtype-cases.js';
import { embeddingCases } from './embedding-cases.js';
import { encodedCases } from './encoded-cases.js';
import { linearCases } from './linear-cases.js';
import { pairCases } from './pair-cases.js';
import { rowsCases } from './rows-cases.js';
import { sparseCases } from './sparse-cases.js';

export const cases: readonly Case[] = [
  ...pairCases,
  ...linearCases,
  ...rowsCases,
  ...corpusCases,
  ...dtypeCases,
  ...encodedCases,
  ...sparseCases,
  ...alsCases,
  ...embeddingCases,
];

/** What slow machines run. */
export const lightCases = cases.filter(({ heavy }) => heavy !== true);
