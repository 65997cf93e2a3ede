/** Hands over to kindred-server, where it is installed. */
import { CommanderError } from 'commander';
import { loadPackage } from '../../optional-package.js';
import type { Surroundings } from '../output/output.js';

interface ServerPackage {
  run(args: readonly string[], surroundings: Surroundings): Promise<number>;
}

/** @throws KindredError INVALID_ARGUMENT if it is not installed */
export async function serve(options: readonly string[], surroundings: Surroundings): Promise<void> {
  const { run } = await loadPackage<ServerPackage>('kindred-server', 'kindred serve');
  const code = await run(['serve', ...options], surroundings);
  // It has said itself what was wrong.
  if (code !== 0) throw new CommanderError(code, 'kindred.serve', '');
}
