/** Asks bench/peers/python_peers.py: numpy, scipy and faiss, where this machine's Python has them, at their best. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { quantile } from '../measure.js';

const SCRIPT = fileURLToPath(new URL('python_peers.py', import.meta.url));

/** Every BLAS and OpenMP build reads one of these. */
const THREAD_LIMITS = [
  'OPENBLAS_NUM_THREADS',
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'BLIS_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'NUMEXPR_NUM_THREADS',
];

/**
 * Variables by which a machine can hold numpy, BLAS, OpenMP or faiss to other kernels or threads than they would choose.
 * A peer must not be timed only as somebody's settings left it.
 */
const STEERING = /^(OPENBLAS|GOTO|MKL|BLIS|NVPL|KMP|GOMP|OMP|NPY|FAISS|ATLAS|VECLIB)_/;

/** What holds numpy and OpenBLAS to AVX2 on a CPU that has more. Names that a numpy does not know do no harm. */
const AVX2_ONLY = {
  OPENBLAS_CORETYPE: 'Haswell',
  NPY_DISABLE_CPU_FEATURES: 'X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR',
};

/**
 * The answer of one task: `samples` in seconds, and in `note` what computed it.
 * Where the environment steers the peer's libraries, the task runs with those variables and without them, and the run
 * with the smaller median is the answer.
 * @param request `hold: 'avx2'` asks for a peer that uses nothing newer. `PYTHON` names another interpreter.
 */
export function askPython({ hold, ...request }) {
  const steering = Object.keys(process.env).filter((name) => STEERING.test(name) && !THREAD_LIMITS.includes(name));
  const without = Object.fromEntries(Object.entries(process.env).filter(([name]) => !steering.includes(name)));
  if (hold === 'avx2') return described(run(request, { ...without, ...AVX2_ONLY }));
  const free = run(request, without);
  if (steering.length === 0 || free.samples === undefined) return described(free);
  const steered = run(request, process.env);
  const [chosen, other, word] = median(free) <= median(steered) ? [free, steered, 'with'] : [steered, free, 'without'];
  const slower = `${(median(other) / median(chosen)).toFixed(2)}x ${word} ${steering.join(', ')}`;
  return described({ ...chosen, kernel: [chosen.kernel, slower].filter(Boolean).join('; ') });
}

function described({ kernel, ...answer }) {
  return kernel ? { ...answer, note: kernel } : answer;
}

function median({ samples }) {
  return quantile(Float64Array.from(samples).sort(), 0.5);
}

function run(request, environment) {
  const threads = request.threads ?? 1;
  const limited = Object.fromEntries(THREAD_LIMITS.map((name) => [name, String(threads)]));
  const { status, error, stdout, stderr } = spawnSync(
    process.env.PYTHON || 'python3',
    [SCRIPT, JSON.stringify({ ...request, threads })],
    { encoding: 'utf8', env: { ...environment, ...limited }, maxBuffer: 2 ** 30 },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`Python failed: ${stderr.trim().split('\n').at(-1)}`);
  return JSON.parse(stdout);
}

/** Versions of Python and of the peers that it can import; empty without Python. */
export function pythonVersions() {
  try {
    const { note: _, ...versions } = askPython({ task: 'about' });
    return versions;
  } catch {
    return {};
  }
}
