/** Where the numbers come from: printed before any of them, and kept with them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { backendInfo } from 'kindred';
import { installedPeers } from '../peers/load.js';
import { pythonVersions } from '../peers/python.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function readEnvironment() {
  const { name, level, threads, candidates } = backendInfo();
  const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));
  return {
    date: new Date().toISOString(),
    kindred: version,
    commit: commit(),
    backend: name === 'reference' ? name : `${name}/${level}`,
    threads,
    candidates,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    hardwareThreads: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    loadAverage: loadavg().map((each) => Math.round(each * 100) / 100),
    peers: { ...installedPeers(), ...pythonVersions() },
  };
}

/** The commit, with a mark if tracked files differ from it; undefined outside of a checkout. */
function commit() {
  try {
    const git = (...args) => execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '-uno') ? ' + changes' : ''}`;
  } catch {
    return undefined;
  }
}

export function environmentLines(environment) {
  const { candidates, peers } = environment;
  const nameOf = (each) => (each.name === 'reference' ? each.name : `${each.name}/${each.level}`);
  const present = Object.entries(peers).flatMap(([name, version]) => (version ? [`${name} ${version}`] : []));
  const [load] = environment.loadAverage;
  const lines = [
    `kindred   ${environment.kindred}, commit ${environment.commit ?? 'unknown'}, ${environment.date}`,
    `backend   ${environment.backend}, ${environment.threads} thread${environment.threads === 1 ? '' : 's'}`,
    `can run   ${candidates
      .filter(({ ok }) => ok)
      .map(nameOf)
      .join(', ')}`,
    ...candidates.filter(({ ok }) => !ok).map((each) => `cannot    ${nameOf(each)}: ${each.reason.split('\n')[0]}`),
    `cpu       ${environment.cpu}, ${environment.hardwareThreads} hardware threads, ${environment.memory_gib} GiB`,
    `platform  ${environment.platform}, Node ${environment.node}, V8 ${environment.v8}`,
    `load      ${environment.loadAverage.join(' ')} (1, 5, 15 minutes)`,
    `peers     ${present.join(', ') || 'none'}`,
  ];
  if (load > 0.5) lines.push('          Other programs are running: times will be too long, and ratios less certain.');
  return lines;
}

/** The machine in a few words, for the foot of a chart. */
export function machineLine({ cpu, backend, node, date, commit: at, loadAverage }) {
  const busy = loadAverage[0] > 0.5 ? ', other programs running' : '';
  return `${cpu}, ${backend}, Node ${node}, commit ${at ?? 'unknown'}, ${date.slice(0, 10)}${busy}`;
}

/** One line about the peers that are not there, or none. */
export function absentPeerLines({ peers }) {
  const node = Object.keys(installedPeers()).filter((name) => !peers[name]);
  const python = ['numpy', 'scipy', 'faiss'].filter((name) => !peers[name]);
  return [
    ...(node.length > 0 ? [`not installed: ${node.join(', ')}; to compare: npm ci --prefix bench/peers`] : []),
    ...(python.length > 0
      ? [
          `not in Python: ${python.join(', ')}; to compare: pip install ${pipNames(python)} (PYTHON names an interpreter)`,
        ]
      : []),
  ];
}

function pipNames(modules) {
  return modules.map((name) => (name === 'faiss' ? 'faiss-cpu' : name)).join(' ');
}
