/** What can be wrong with where the service runs: the disk, the addon. */
import { statfs } from 'node:fs/promises';
import { backendInfo } from 'kindred';
import type { Finding } from './finding.js';

const MIB = 2 ** 20;
/** Below, a training or a backup may fill the disk. */
const FREE_MIN = 512 * MIB;

export async function examineMachine(folder: string): Promise<Finding[]> {
  return [...(await examineDisk(folder)), ...examineBackend()];
}

/** @param free bytes that may be written, and `total` bytes there are: for tests */
export async function examineDisk(folder: string, given?: { free: number; total: number }): Promise<Finding[]> {
  const { free, total } = given ?? (await spaceOf(folder));
  if (free >= FREE_MIN) return [];
  const says = `${Math.floor(free / MIB)} MiB of ${Math.floor(total / MIB)} MiB are free.`;
  return [
    {
      level: 'wrong',
      about: `disk of ${folder}`,
      says: `${says} Without room nothing can be written, and writes answer 503.`,
      remedy: 'Make room, or move the folder to a larger disk. No restart is needed.',
    },
  ];
}

async function spaceOf(folder: string): Promise<{ free: number; total: number }> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, total: blocks * bsize };
}

export function examineBackend({ name, level, candidates } = backendInfo()): Finding[] {
  if (name === 'native') return [];
  const reason = candidates.find((each) => each.name === 'native')?.reason ?? 'it is not there';
  return [
    {
      level: 'note',
      about: 'backend',
      says: `${name}/${level} computes, because the native addon cannot: ${firstLine(reason)} Answers are the same, and slower.`,
      remedy:
        'Install kindred for this platform again, or build it: npm rebuild kindred. KINDRED_BACKEND must not name another.',
    },
  ];
}

function firstLine(text: string): string {
  const [line] = text.split('\n');
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
