/** `kindred info`: what runs here, and what else was tried. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { backendInfo } from '../../index.js';
import { printGap, printHeading, printJson, printPairs } from '../output/print.js';

export function info({ json = false }: { json?: boolean }): void {
  const { name, level, threads, cpuFeatures, candidates } = backendInfo();
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  const cores = cpus();
  const platform = `${process.platform}-${process.arch}`;
  const cpu = { model: cores[0]?.model.trim() ?? 'unknown', threads: cores.length, features: cpuFeatures };
  if (json) {
    printJson({ version, backend: { name, level, threads }, candidates, node: process.versions.node, platform, cpu });
    return;
  }
  printHeading(`kindred ${version}`);
  printPairs([
    ['backend', `${name}/${level}, ${threads} thread${threads === 1 ? '' : 's'}`],
    ['platform', `${platform}, Node ${process.versions.node}`],
    ['cpu', `${cpu.model}, ${cpu.threads} hardware thread${cpu.threads === 1 ? '' : 's'}`],
    ['vectors', cpuFeatures.length > 0 ? cpuFeatures.join(' ') : 'unknown without the native addon'],
  ]);
  printGap();
  printHeading('Candidates, best first');
  printPairs(
    candidates.map((each) => {
      const isInUse = each.name === name && each.level === level;
      return [`${each.name}/${each.level}`, isInUse ? 'in use' : each.ok ? 'available' : each.reason];
    }),
  );
}
