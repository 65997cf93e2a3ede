/** A copy of the checkout in which one fault after another is planted, built and looked for. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is neither built nor tested. */
const LEFT_OUT = new Set(['.git', 'node_modules', 'coverage']);
/** In this order, because one takes in what the one before it made. */
const EVERYTHING = ['native', 'wasm', 'typescript', 'server'];
/** A hang is noticed too. */
const LIMIT_MS = 20 * 60_000;

export class Copy {
  #folder;
  /** Tests that one run may have side by side. */
  #workers;
  /** The kinds of build that have not seen the last change. */
  #stale = new Set();

  constructor(folder, workers) {
    this.#folder = folder;
    this.#workers = workers;
  }

  /** A built copy. @throws Error if the checkout itself does not build */
  static async of(checkout, number, copies) {
    const folder = mkdtempSync(join(tmpdir(), `kindred-faults-${number}-`));
    cpSync(checkout, folder, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !LEFT_OUT.has(path.slice(checkout.length).split('/')[0]),
    });
    linkDependencies(checkout, folder);
    const copy = new Copy(folder, copies > 1 ? 1 : 2);
    // Makefiles name files by where they are.
    await copy.#mustBuild('node', 'node_modules/node-gyp/bin/node-gyp.js', 'configure');
    copy.#stale = new Set(EVERYTHING);
    await copy.#mustBuildAll();
    return copy;
  }

  /** Plants a fault, looks for a test that notices, and takes the fault out again. */
  async tryOut({ file, find, replace, first, only, slow }, isFirstOnly) {
    const started = Date.now();
    const end = (verdict, told) => ({ verdict, told, seconds: (Date.now() - started) / 1000 });
    const path = join(this.#folder, file);
    const right = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      right.replace(find, () => replace),
    );
    this.#stale.add(buildOf(file));
    try {
      const rounds = slow || isFirstOnly ? [first] : [first, ''];
      for (const tests of rounds) {
        const { failed, output } = await this.#build();
        if (failed)
          return end('unbuilt', output.split('\n').find((line) => /error/i.test(line)) ?? 'it does not build');
        const killer = await this.#firstFailure(tests.split(' ').filter(Boolean), slow !== undefined, tests && only);
        if (killer) return { ...end('killed', killer.told), by: killer.file };
      }
      return end('survived', rounds.length === 1 ? `not noticed by ${first}` : 'no test of the fast tier noticed');
    } finally {
      writeFileSync(path, right);
      this.#stale.add(buildOf(file));
    }
  }

  /** The first failure of these test files without any fault: what they said of a fault counts for nothing then. */
  async failureWithoutFault(files, isSlow) {
    await this.#mustBuildAll();
    return this.#firstFailure(files, isSlow);
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Builds what changed since the last build; `dist/` too, since some tests run what is bundled. */
  async #build() {
    const commands = {
      native: ['node', 'node_modules/node-gyp/bin/node-gyp.js', 'build', '--jobs', '2'],
      wasm: ['npm', 'run', '--silent', 'build:wasm'],
      typescript: ['node', 'src/build/main.js', '--whatever-types-say'],
      server: ['node', 'server/build.js'],
    };
    let output = '';
    for (const kind of EVERYTHING.filter((each) => this.#stale.has(each))) {
      const { code, text } = await this.#run(commands[kind]);
      output += text;
      if (code !== 0) return { failed: true, output };
      this.#stale.delete(kind);
      if (kind === 'wasm') this.#stale.add('typescript');
    }
    return { failed: false, output };
  }

  async #mustBuildAll() {
    const { failed, output } = await this.#build();
    if (failed) throw new Error(`the checkout does not build:\n${output}`);
  }

  async #mustBuild(...command) {
    const { code, text } = await this.#run(command);
    if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${text}`);
  }

  /** The first test that fails among those whose paths have one of these parts, or among all; undefined if none fails. */
  async #firstFailure(parts, isSlow, only) {
    const report = join(this.#folder, 'build/fault-report.json');
    rmSync(report, { force: true });
    const named = only ? ['--testNamePattern', only] : [];
    const command = [
      'node',
      'node_modules/vitest/vitest.mjs',
      'run',
      ...parts,
      '--bail=1',
      `--maxWorkers=${this.#workers}`,
      ...named,
    ];
    const { code, text } = await this.#run(
      [...command, '--reporter=json', `--outputFile=${report}`],
      isSlow ? { KINDRED_SLOW: '1' } : {},
    );
    if (code === 0) return undefined;
    if (code === undefined) return { told: `no end within ${LIMIT_MS / 60_000} minutes` };
    if (!existsSync(report)) return { told: `the test process ended with ${code}: ${text.trim().split('\n').at(-1)}` };
    for (const { name, assertionResults, message } of JSON.parse(readFileSync(report, 'utf8')).testResults) {
      const file = name.slice(this.#folder.length + 1);
      const failed = assertionResults.find(({ status }) => status === 'failed');
      if (failed) return { file, told: `${file}: ${failed.fullName}: ${firstLine(failed.failureMessages[0])}` };
      if (message) return { file, told: `${file}: ${firstLine(message)}` };
    }
    return { told: `the tests ended with ${code}` };
  }

  /** Ends with `code` undefined where it was stopped for taking too long. */
  #run([program, ...parameters], env = {}) {
    return new Promise((resolve) => {
      const child = spawn(program, parameters, { cwd: this.#folder, env: { ...process.env, ...env }, detached: true });
      let text = '';
      const collect = (piece) => {
        text = (text + piece).slice(-20_000);
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        killGroup(child.pid);
      }, LIMIT_MS);
      // A worker in an endless loop outlives the process that gave it up, and keeps its output open.
      child.on('exit', () => killGroup(child.pid));
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        resolve({ code: late ? undefined : (code ?? signal), text });
      });
    });
  }
}

/** Ends what is left of a process and all it started. */
function killGroup(leader) {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function firstLine(text = '') {
  return text.split('\n')[0].slice(0, 120);
}

/** What npm installed, and the copy in place of the checkout where npm has linked packages of ours. */
function linkDependencies(checkout, folder) {
  mkdirSync(join(folder, 'node_modules'));
  const own = { kindred: '.', 'kindred-server': 'server', 'kindred-web': 'web' };
  for (const name of readdirSync(join(checkout, 'node_modules'))) {
    const target = Object.hasOwn(own, name) ? join(folder, own[name]) : join(checkout, 'node_modules', name);
    symlinkSync(target, join(folder, 'node_modules', name));
  }
}

/** Which build sees a change of a file. */
function buildOf(file) {
  if (file.startsWith('native/')) return 'native';
  if (file.startsWith('server/')) return 'server';
  return file.startsWith('assembly/') ? 'wasm' : 'typescript';
}
