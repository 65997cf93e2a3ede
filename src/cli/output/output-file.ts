/** Files that a command writes: refused before the work begins if they cannot be, not after it. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KindredError } from '../../index.js';

/** @throws KindredError INVALID_ARGUMENT for a folder, and where its folder is not there or not to be written into. */
export async function requireWritable(path: string, option: string): Promise<void> {
  const target = await stat(path).catch(() => undefined);
  if (target?.isDirectory()) throw refuse(option, path, 'it is a directory');
  const folder = dirname(path);
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such folder' : 'permission denied';
    throw refuse(option, path, `${folder}: ${reason}`);
  }
}

function refuse(option: string, path: string, reason: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', `${option} ${path} cannot be written: ${reason}`);
}
