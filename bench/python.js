/** Asks bench/peers/python_peers.py: numpy, scipy and faiss, where this machine's Python has them. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('peers/python_peers.py', import.meta.url));

/** Every BLAS and OpenMP build reads one of these. */
const THREAD_LIMITS = [
  'OPENBLAS_NUM_THREADS',
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'BLIS_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'NUMEXPR_NUM_THREADS',
];

/** The answer of one task, which carries `samples` in seconds. `PYTHON` names another interpreter. */
export function askPython(request) {
  const threads = request.threads ?? 1;
  const limited = Object.fromEntries(THREAD_LIMITS.map((name) => [name, String(threads)]));
  const { status, error, stdout, stderr } = spawnSync(
    process.env.PYTHON || 'python3',
    [SCRIPT, JSON.stringify({ ...request, threads })],
    { encoding: 'utf8', env: { ...process.env, ...limited }, maxBuffer: 2 ** 30 },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`Python failed: ${stderr.trim().split('\n').at(-1)}`);
  return JSON.parse(stdout);
}

/** Versions of Python and of the peers that it can import; empty without Python. */
export function pythonVersions() {
  try {
    return askPython({ task: 'about' });
  } catch {
    return {};
  }
}
