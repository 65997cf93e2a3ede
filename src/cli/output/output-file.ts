/** Files that a command writes: refused before the work begins if they cannot be, not after it. */
import { constants, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { targetOf } from '../../files/disk.js';
import { KindredError } from '../../index.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'it is not a folder',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead nowhere',
};

/** @throws KindredError INVALID_ARGUMENT for what is no file, and where its folder is not there or not to be written into. */
export async function requireWritable(path: string, option: string): Promise<void> {
  if (path === '') throw new KindredError('INVALID_ARGUMENT', `${option} is empty; the name of a file is expected`);
  const target = await targetOf(path);
  const old = await statOf(target, path, option);
  if (old?.isDirectory()) throw refuse(option, path, 'it is a directory');
  if (old && !old.isFile()) throw refuse(option, path, 'it is there and is not a file');
  const folder = dirname(target);
  try {
    if (!(await stat(folder)).isDirectory()) throw refuse(option, path, `${folder}: it is not a folder`);
    await access(folder, constants.W_OK);
    // Saving replaces the file, which its folder decides about: a file that is not to be written is left alone all the same.
    if (old) await access(target, constants.W_OK);
  } catch (cause) {
    if (cause instanceof KindredError) throw cause;
    const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'permission denied';
    throw refuse(option, path, `${folder}: ${reason}`);
  }
}

/** What is there, if anything is. */
async function statOf(target: string, path: string, option: string): Promise<Stats | undefined> {
  try {
    return await stat(target);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const where = code === 'ENOTDIR' ? `${dirname(target)}: ` : code === 'ENAMETOOLONG' ? `${basename(target)}: ` : '';
    throw refuse(option, path, `${where}${REASONS[code] ?? (error as Error).message}`);
  }
}

function refuse(option: string, path: string, reason: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', `${option} ${path} cannot be written: ${reason}`);
}
