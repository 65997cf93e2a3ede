/** Where this package lies on disk: its modules are bundled, so none knows how deep it is. Node, Bun and Deno only. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above this module that has a package.json. */
export function packageRoot(): string {
  const module = dirname(fileURLToPath(import.meta.url));
  for (let folder = module; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return module;
  }
}
