/** What this machine is called in prebuilds/. Node's modules are asked for at run time, as in all that users bundle. */

/** For example `linux-x64`, `linux-arm64-musl`, `darwin-arm64`, `win32-x64`. */
export function platformName(): string {
  return `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`;
}

/** musl's loader has a fixed place; if glibc may be there too, Node's own report tells which of them runs it. */
function isMusl(): boolean {
  const loaders = { x64: 'x86_64', arm64: 'aarch64' } as Partial<Record<string, string>>;
  if (process.platform !== 'linux' || !isThere(`/lib/ld-musl-${loaders[process.arch]}.so.1`)) return false;
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime === undefined;
}

/** Whether a file is there, or `ifForbidden` where Deno or Node's permission model forbid to look. */
export function isThere(file: string, ifForbidden = false): boolean {
  try {
    process.getBuiltinModule('fs').statSync(file);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    return code !== 'ENOENT' && code !== 'ENOTDIR' && ifForbidden;
  }
}
