/** What this machine is called in prebuilds/. */
import { existsSync } from 'node:fs';

/** For example `linux-x64`, `linux-arm64-musl`, `darwin-arm64`, `win32-x64`. */
export function platformName(): string {
  return `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`;
}

/** musl's loader has a fixed place; if glibc may be there too, Node's own report tells which of them runs it. */
function isMusl(): boolean {
  const loaders = { x64: 'x86_64', arm64: 'aarch64' } as Partial<Record<string, string>>;
  if (process.platform !== 'linux' || !existsSync(`/lib/ld-musl-${loaders[process.arch]}.so.1`)) return false;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}
