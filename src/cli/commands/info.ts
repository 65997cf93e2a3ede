/** `kindred info`: what runs here, and what else was tried. */
import { cpus } from 'node:os';
import { backendInfo } from '../../index.js';
import { VERSION } from '../../version.js';
import type { Output } from '../output/output.js';

export function info({ json = false }: { json?: boolean }, { print }: Output): void {
  const { name, level, threads, cpuFeatures, candidates } = backendInfo();
  const cores = cpus();
  const platform = `${process.platform}-${process.arch}`;
  const cpu = { model: cores[0]?.model.trim() ?? 'unknown', threads: cores.length, features: cpuFeatures };
  if (json) {
    print.json({
      version: VERSION,
      backend: { name, level, threads },
      candidates,
      node: process.versions.node,
      platform,
      cpu,
    });
    return;
  }
  print.heading(`kindred ${VERSION}`);
  print.pairs([
    ['backend', `${name}/${level}, ${threads} thread${threads === 1 ? '' : 's'}`],
    ['platform', `${platform}, Node ${process.versions.node}`],
    ['cpu', `${cpu.model}, ${cpu.threads} hardware thread${cpu.threads === 1 ? '' : 's'}`],
    ['vectors', cpuFeatures.length > 0 ? cpuFeatures.join(' ') : 'unknown without the native addon'],
  ]);
  print.gap();
  print.heading('Candidates, best first');
  print.pairs(
    candidates.map((each) => {
      const isInUse = each.name === name && each.level === level;
      return [`${each.name}/${each.level}`, isInUse ? 'in use' : each.ok ? 'available' : each.reason];
    }),
  );
}
