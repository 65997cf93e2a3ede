/** Every family, for Node, where no byte of a program has to travel first. */
import type { Backend } from '../contract/backend.js';
import { withAls } from './als.js';
import { withEmbedding } from './embedding.js';
import { withLinear } from './linear.js';
import { withSparse } from './sparse.js';

/** The same backend, with all kernels in hand. */
export function withEveryFamily(backend: Backend): Backend {
  return withSparse(withLinear(withAls(withEmbedding(backend))));
}
