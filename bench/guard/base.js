/** The commit to compare with: built in a worktree of its own, which goes when the process ends. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This checkout. */
export const HEAD = fileURLToPath(new URL('../..', import.meta.url));

/** @throws Error if the text names no commit */
export function commitOf(base) {
  if (base === undefined) throw new Error('--base COMMIT is missing');
  try {
    return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${base}^{commit}`);
  } catch {
    throw new Error(`--base ${base} names no commit of this repository`);
  }
}

/** Builds the commit, and this checkout unless that is built already. Returns the worktree's folder. */
export function buildBoth({ base, commit, isHeadBuilt }) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-guard-'));
  const tree = join(folder, 'base');
  process.once('exit', () => {
    spawnSync('git', ['-C', HEAD, 'worktree', 'remove', '--force', tree], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
    spawnSync('git', ['-C', HEAD, 'worktree', 'prune'], { stdio: 'ignore' });
  });
  // Ctrl-C reaches the programs that run meanwhile too; they end, and so the handlers get their turn.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  console.error(`building ${base} (${commit.slice(0, 7)}) in a worktree`);
  git('worktree', 'add', '--detach', tree, commit);
  npm(tree, 'ci');
  if (!existsSync(join(tree, 'dist/index.js'))) npm(tree, 'run', 'build');
  if (!isHeadBuilt) {
    console.error('building this checkout');
    npm(HEAD, 'run', 'build');
  }
  return tree;
}

function git(...args) {
  return execFileSync('git', ['-C', HEAD, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
}

function npm(folder, ...args) {
  const { status, error, stdout, stderr } = spawnSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`npm ${args.join(' ')} failed: ${(stderr || stdout).trim().split('\n').slice(-5).join('; ')}`);
}
