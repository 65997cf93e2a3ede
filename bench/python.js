/** Asks bench/peers/python_peers.py: numpy, scipy and faiss, where this machine's Python has them. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('peers/python_peers.py', import.meta.url));

/** Every BLAS and OpenMP build reads one of these. */
const ONE_THREAD = {
  OPENBLAS_NUM_THREADS: '1',
  OMP_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  BLIS_NUM_THREADS: '1',
  VECLIB_MAXIMUM_THREADS: '1',
  NUMEXPR_NUM_THREADS: '1',
};

/** The answer of one task, which carries `samples` in seconds. `PYTHON` names another interpreter. */
export function askPython(request) {
  const { status, error, stdout, stderr } = spawnSync(
    process.env.PYTHON || 'python3',
    [SCRIPT, JSON.stringify(request)],
    { encoding: 'utf8', env: { ...process.env, ...ONE_THREAD }, maxBuffer: 2 ** 30 },
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
