/**
 * The files that saves write before they give them their name: none outlives its process, whatever ends it, and what a
 * killed one left is found by the next save to the same place.
 */
import { crc32 } from './checksum.js';

/** Of Node, what is needed here. */
interface Host {
  readonly process: NodeJS.Process;
  readonly hostname: () => string;
  readonly removeNow: (path: string, options: { force: boolean }) => void;
  readonly join: (...parts: string[]) => string;
  readonly basename: (path: string) => string;
  readonly fs: {
    readdir(folder: string): Promise<string[]>;
    stat(path: string): Promise<{ mtimeMs: number }>;
    unlink(path: string): Promise<void>;
  };
}

/** Those that are not whole yet. */
const unfinished = new Set<string>();
let watching: { stop(): void } | undefined;

/** Ends a process unless somebody listens. A process that is killed with -9 hears nothing. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A name for the file that will become `target`, which is in `folder`. It tells machine and process, and is short
 * however long the name of the target is.
 */
export function temporaryFor(host: Host, folder: string, target: string): string {
  const unique = crypto.randomUUID().slice(0, 8);
  return host.join(folder, `${prefixOf(host, target)}${host.process.pid}-${unique}.tmp`);
}

/** From now on the file is removed if the process ends by `exit` or by a signal that can be heard. */
export function watch(host: Host, temporary: string): void {
  unfinished.add(temporary);
  watching ??= listen(host);
}

export function unwatch(temporary: string): void {
  unfinished.delete(temporary);
  if (unfinished.size > 0) return;
  watching?.stop();
  watching = undefined;
}

/** Removes what processes that are no more left of saves to `target`. Whatever cannot be removed stays. */
export async function removeLeftovers(host: Host, folder: string, target: string): Promise<void> {
  const prefix = prefixOf(host, target);
  const names = await host.fs.readdir(folder).catch(() => []);
  for (const name of names) {
    const owner = name.startsWith(prefix) ? /^(\d+)-[0-9a-f]{8}\.tmp$/.exec(name.slice(prefix.length)) : null;
    if (owner === null) continue;
    const path = host.join(folder, name);
    if (await isLeft(host, path, Number(owner[1]))) await host.fs.unlink(path).catch(() => undefined);
  }
}

/** Another machine may write to the same folder: its processes are unknown here. */
function prefixOf({ hostname, basename }: Host, target: string): string {
  const hash = (text: string) => crc32(new TextEncoder().encode(text)).toString(16).padStart(8, '0');
  return `.kindred-${hash(basename(target))}-${hash(hostname())}-`;
}

async function isLeft(host: Host, path: string, pid: number): Promise<boolean> {
  if (pid !== host.process.pid) return !isRunning(host, pid);
  // A process may get the number of one that is gone. Other threads of this one write now, not before it began.
  const began = Date.now() - host.process.uptime() * 1000;
  const written = await host.fs.stat(path).catch(() => undefined);
  return written !== undefined && !unfinished.has(path) && written.mtimeMs < began - 1000;
}

function isRunning({ process }: Host, pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ESRCH';
  }
}

function listen(host: Host): { stop(): void } {
  const { process } = host;
  const removeAll = () => {
    for (const temporary of unfinished) {
      try {
        host.removeNow(temporary, { force: true });
      } catch {
        // Some systems remove no file that is open.
      }
    }
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // Who listens decides what a signal means. Nobody but us: it means what it would mean without us.
    if (process.listenerCount(signal) > 1) return;
    removeAll();
    stop();
    process.kill(process.pid, signal);
  };
  const stop = () => {
    process.off('exit', removeAll);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.on('exit', removeAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { stop };
}
