/** Where the C++ addon can be: in this package, or near a bundle that somebody made of it. */
import { isThere, platformName } from './platform.js';

/** This module's folder, three below the package. Not everything that users bundle has a name for it. */
const HERE = (() => {
  try {
    return import.meta.dirname as string | undefined;
  } catch {
    return undefined;
  }
})();

/** Best first. Folders that nobody but the program's owner writes to: never the current one. */
export function addonFiles(): string[] {
  const platform = platformName();
  // A build comes before a prebuild, which may be stale.
  const own = HERE ? [`${HERE}/../../../build/Release/kindred.node`, prebuild(platform)] : [];
  const starts = [HERE, folderOf(process.argv[1] ?? '')].filter((folder) => folder !== undefined);
  const beside = starts.map((folder) => `${folder}/kindred.node`);
  const installed = starts.flatMap(foldersAbove).flatMap((folder) => {
    const root = `${folder}/node_modules/kindred`;
    return [`${root}/build/Release/kindred.node`, `${root}/prebuilds/${platform}/kindred.node`];
  });
  const { resolve } = process.getBuiltinModule('path');
  const files = new Set([...own, ...beside, ...installed].map((file) => resolve(file)));
  // Loading one that must not be looked at tells what is forbidden.
  return [...files].filter((file) => isThere(file, own.length > 0 && file === resolve(own[1])));
}

/** In one piece and by this module's own folder: what traces files for deployment then takes it along. */
function prebuild(platform: string): string {
  return `${import.meta.dirname}/../../../prebuilds/${platform}/kindred.node`;
}

/** Why there is none, and what to do about it. */
export function whyNoAddon(): string {
  const platform = platformName();
  const reason = `there is no native addon for ${platform} (looked in build/Release and prebuilds/${platform})`;
  if (!HERE || !isThere(`${HERE}/../../../dist/node/index.cjs`, true)) {
    return (
      `${reason}; a bundle carries no addon: leave kindred out of it (serverExternalPackages: ['kindred'] in Next, ` +
      `--external:kindred in esbuild and Bun, externals in webpack), or put kindred.node beside it`
    );
  }
  return isThere(`${HERE}/../../../prebuilds`, true)
    ? `${reason}; \`npm run build:native\` in a checkout makes one`
    : `${reason}; prebuilds/ was left behind: \`npm run build:native\` makes it in a checkout, and in Next ` +
        `outputFileTracingIncludes: { '/*': ['./node_modules/kindred/prebuilds/**/*'] } takes it along`;
}

/** What to do about an addon that cannot be loaded. */
export function remedyOf(message: string): string {
  if (/GLIBC|libstdc\+\+|symbol/.test(message)) return '; the system is older than the one it was built for';
  if (/disabled|denied|permission|allow/i.test(message)) {
    return '; Node must run without --no-addons, with --allow-addons under --permission, and Deno with --allow-ffi';
  }
  return '';
}

function folderOf(file: string): string {
  return file.replace(/[\\/][^\\/]*$/, '');
}

function foldersAbove(folder: string): string[] {
  if (folder === '') return [];
  const above = folderOf(folder);
  return above === folder ? [folder] : [folder, ...foldersAbove(above)];
}
