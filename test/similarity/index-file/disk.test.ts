/** Index files on a disk: a save is whole or did not happen, whatever comes between; what is loaded is what was saved. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Backend, Corpus, MappedRows } from '../../../src/backend/contract/backend.js';
import { openBackend, VectorIndex } from '../../../src/index.js';
import { forged, partOf } from '../../fixtures/index-file.js';
import { checkout } from '../../fixtures/machine.js';
import { backends, isSlow } from '../../fixtures/plain-rows.js';
import { temporaryFolder } from '../../fixtures/processes/package-copy.js';

const folder = temporaryFolder();
const path = join(folder, 'an index.kindred');
const reference = openBackend('reference');

beforeEach(() => rmSync(path, { force: true, recursive: true }));

/** Three blocks of the file and a little more. */
const ROWS = 3100;
const DIM = 256;
const rows = Array.from({ length: ROWS }, (_, r) =>
  Float32Array.from({ length: DIM }, (_, i) => Math.sin(r * 31 + i * i)),
);
const ids = rows.map((_, r) => `row ${r}`);

const temporaries = () => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

/** The reference backend with something done before each reading of rows. */
function watched(beforeRead: (slot: number) => void, afterFree: () => void = () => {}): Backend {
  return {
    ...reference,
    openCorpus(...args) {
      const corpus = reference.openCorpus(...args);
      const freeze = corpus.freeze.bind(corpus);
      return Object.assign(corpus, {
        freeze() {
          const frozen = freeze();
          const read = frozen.read.bind(frozen);
          const free = frozen.free.bind(frozen);
          return Object.assign(frozen, {
            read(slot: number, count?: number) {
              beforeRead(slot);
              return read(slot, count);
            },
            free() {
              free();
              afterFree();
            },
          });
        },
      });
    },
  };
}

describe('save and load', () => {
  it.each(backends)('on %s: the file holds what toBytes gives, and every backend reads it', async (backend) => {
    const index = VectorIndex.from(rows, { ids, backend });
    await index.save(path, { model: 'm' });
    expect(Buffer.compare(readFileSync(path), index.toBytes({ model: 'm' }))).toBe(0);
    const expected = index.search(rows[77], 12);
    for (const other of backends) {
      const loaded = await VectorIndex.load<string>(path, { backend: other, model: 'm', mmap: other === backend });
      expect(loaded.search(rows[77], 12)).toEqual(expected);
      expect([loaded.size, loaded.model, loaded.stats().backend]).toEqual([ROWS, 'm', other]);
      loaded.dispose();
    }
    expect(temporaries()).toEqual([]);
  });

  it('take file URLs, and follow links to what they point to', async () => {
    const index = VectorIndex.from([[1, 2]]);
    const link = join(folder, 'link');
    writeFileSync(path, 'old', { mode: 0o600 });
    symlinkSync(path, link);
    await index.save(pathToFileURL(link));
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await VectorIndex.load(pathToFileURL(link))).get(0)).toEqual(Float32Array.of(1, 2));
    rmSync(link);
  });

  it('tell the path of a bad file, and leave errors of the system as they are', async () => {
    const bytes = VectorIndex.from([[1, 2]]).toBytes({ model: 'm' });
    writeFileSync(path, bytes.subarray(0, 300));
    await expect(VectorIndex.load(path)).rejects.toMatchObject({
      code: 'CORRUPT_FILE',
      message: `${path}: found a length of ${bytes.length} bytes at byte 16, but there are 300`,
    });
    writeFileSync(path, '');
    await expect(VectorIndex.load(path)).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
    writeFileSync(path, bytes);
    await expect(VectorIndex.load(path, { model: 'other' })).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
    await expect(VectorIndex.load(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(VectorIndex.load(folder)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(VectorIndex.load('')).rejects.toThrow('path must be a text or a file: URL, not ""');
    await expect(VectorIndex.load(new URL('https://example.org/x'))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(VectorIndex.load(7 as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it.skipIf(process.platform === 'win32')(
    'do not wait for a pipe, nor replace a device (there are none on Windows)',
    async () => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      await expect(VectorIndex.load(pipe)).rejects.toThrow('is not a file');
      await expect(VectorIndex.from([[1]]).save(pipe)).rejects.toThrow('is there and is not a file');
      await expect(VectorIndex.load('/dev/zero')).rejects.toThrow('is not a file');
      rmSync(pipe);
    },
  );

  it('can be given up', async () => {
    const index = VectorIndex.from(rows, { backend: 'reference' });
    await index.save(path);
    const before = readFileSync(path);
    for (const late of [false, true]) {
      const controller = new AbortController();
      const signal = controller.signal;
      if (!late) controller.abort(new Error('stop'));
      index.upsert(0, rows[1]);
      const saved = index.save(path, { signal });
      const loaded = VectorIndex.load(path, { signal });
      controller.abort(new Error('stop'));
      await Promise.all([saved, loaded].map((each) => expect(each).rejects.toThrow('stop')));
    }
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
    expect(temporaries()).toEqual([]);
  });

  it('say so where there are no files', async () => {
    const { getBuiltinModule } = process;
    Object.assign(process, { getBuiltinModule: undefined });
    try {
      await expect(VectorIndex.load(path)).rejects.toThrow('there are no files on this platform');
      await expect(VectorIndex.from([[1]]).save(path)).rejects.toThrow('use toBytes and fromBytes');
    } finally {
      Object.assign(process, { getBuiltinModule });
    }
  });
});

describe('a save', () => {
  it.each(backends)('holds the index as it was when it was called, whatever becomes of it (%s)', async (backend) => {
    const index = VectorIndex.from(rows, { ids, backend });
    const expected = index.toBytes();
    const saved = index.save(path);
    index.upsert('row 5', rows[6]);
    index.upsert('row 3099', rows[6]);
    index.add('new', rows[0]);
    for (let r = 0; r < 2500; r++) index.delete(`row ${r}`);
    const second = index.save(join(folder, 'second'));
    const remaining = index.ids();
    index.clear();
    index.add('after', rows[1]);
    index.dispose();
    await Promise.all([saved, second]);
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
    const later = await VectorIndex.load<string>(join(folder, 'second'), { backend });
    expect(later.ids()).toEqual(remaining);
    expect(later.get('row 3099')).toEqual(rows[6]);
    expect(later.get('row 2600')).toEqual(rows[2600]);
  });

  it('sees no change that comes between two blocks', async () => {
    const backend = watched((slot) => {
      if (slot === 0) return;
      index.upsert(0, rows[9]); // read already
      index.upsert(slot, rows[9]); // next
      index.upsert(ROWS - 1, rows[9]);
      for (let id = 0; id < 1500; id++) index.delete(id);
    });
    const index = VectorIndex.from(rows, { backend });
    const expected = VectorIndex.from(rows, { backend: 'reference' }).toBytes();
    await index.save(path);
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
    // What had to wait is made good.
    index.delete(2000);
    expect(index.stats().deleted).toBe(0);
    expect(index.size).toBe(ROWS - 1501);
  });

  it('goes on when the index is disposed of, and gives its rows back once it is done', async () => {
    const freed: string[] = [];
    const backend = watched(
      () => {},
      () => freed.push('freed'),
    );
    const index = VectorIndex.from(rows.slice(0, 10), { backend });
    const both = [index.save(path), index.save(path)];
    index.dispose();
    expect(freed).toEqual([]);
    await Promise.all(both);
    expect(freed).toEqual(['freed', 'freed']);
    expect((await VectorIndex.load(path)).size).toBe(10);
  });

  it('that fails leaves the old file and nothing else', async () => {
    const old = VectorIndex.from([[1, 2]]).toBytes();
    const broken = watched((slot) => {
      if (slot > 0) throw new Error('mine');
    });
    const index = VectorIndex.from(rows, { backend: broken });
    for (const before of [undefined, old]) {
      if (before) writeFileSync(path, before);
      await expect(index.save(path)).rejects.toThrow('mine');
      expect(existsSync(path) ? readFileSync(path) : undefined).toEqual(before && Buffer.from(before));
      expect(temporaries()).toEqual([]);
    }
    // The snapshot was given back: rows move again.
    for (let id = 0; id < 2000; id++) index.delete(id);
    expect(index.stats().deleted).toBeLessThan(1000);
    const good = VectorIndex.from([[1, 2]]);
    await expect(good.save(join(folder, 'absent', 'x'))).rejects.toMatchObject({ code: 'ENOENT' });
    rmSync(path);
    mkdirSync(path);
    await expect(good.save(path)).rejects.toThrow('is there and is not a file');
    expect(temporaries()).toEqual([]);
  });

  it('meets another to the same path: one of them is there in the end', async () => {
    const index = VectorIndex.from(rows, { backend: 'reference' });
    await Promise.all(['a', 'b', 'c'].map((model) => index.save(path, { model })));
    const loaded = await VectorIndex.load(path);
    expect(['a', 'b', 'c']).toContain(loaded.model);
    expect(loaded.size).toBe(ROWS);
    expect(temporaries()).toEqual([]);
  });
});

describe('a process that is killed while it saves', () => {
  const program = join(folder, 'save-and-wait.mjs');

  async function start(mode: string) {
    if (!existsSync(program)) {
      await build({
        entryPoints: [join(checkout, 'test/fixtures/processes/save-and-wait.ts')],
        outfile: program,
        bundle: true,
        platform: 'node',
        format: 'esm',
        alias: {
          '#backend': join(checkout, 'src/backend/candidates.node.ts'),
          '#pairs': join(checkout, 'src/backend/pairs.node.ts'),
        },
        logLevel: 'error',
      });
    }
    const child = spawn(process.execPath, [program, path, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const hear = async (words: string) => {
      while (!said.includes(words)) await once(child.stdout, 'data');
    };
    const kill = async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    };
    return { hear, kill };
  }

  it('leaves the old file whole', async () => {
    const old = VectorIndex.from(rows, { ids }).toBytes();
    writeFileSync(path, old);
    const child = await start('middle');
    await child.hear('in the middle');
    await child.kill();
    expect(Buffer.compare(readFileSync(path), old)).toBe(0);
    // It really was in the middle: what it had written lies beside, and is no index file.
    const [temporary] = temporaries();
    expect(statSync(join(folder, temporary)).size).toBeGreaterThan(1_000_000);
    await expect(VectorIndex.load(join(folder, temporary))).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
    await VectorIndex.from([[1, 2]]).save(path);
    expect((await VectorIndex.load(path)).size).toBe(1);
    // The next save has cleared it away.
    expect(temporaries()).toEqual([]);
  });

  it.each(isSlow ? [0, 3, 7, 12, 20, 31] : [0, 7, 20])(
    'leaves a whole file, old or new (%i ms after the second save began)',
    async (wait) => {
      const child = await start('again');
      await child.hear('saved 1\n');
      await new Promise((resolve) => setTimeout(resolve, wait));
      await child.kill();
      const index = await VectorIndex.load<number>(path, { backend: 'reference' });
      const save = Number(index.model?.slice('save '.length));
      expect(index.size).toBe(6000);
      expect(save).toBeGreaterThan(0);
      expect(index.get(5999)).toEqual(new Float32Array(128).fill(save));
      for (const each of temporaries()) rmSync(join(folder, each));
    },
  );
});

describe('mmap', () => {
  /** Stands in for a backend that can map: it reads the rows where it is told that they are. */
  function mapping(beforeOpening = () => {}): { backend: Backend; asked: MappedRows[] } {
    const asked: MappedRows[] = [];
    const openMapped = (file: string, layout: MappedRows): Corpus => {
      asked.push(layout);
      beforeOpening();
      const corpus = reference.openCorpus(layout.dim, layout.metric, { dtype: layout.dtype });
      const { buffer, byteOffset } = readFileSync(file);
      const start = byteOffset + layout.rowsAt;
      corpus.append(new Float32Array(buffer.slice(start, start + layout.rows * layout.dim * 4)));
      return Object.assign(corpus, { mapped: true });
    };
    return { backend: { ...reference, openMapped }, asked };
  }

  const bytes = VectorIndex.from(rows, { ids, backend: 'reference' }).toBytes();
  const { at: rowsAt } = partOf(bytes, 'ROWS');
  const { at: squaresAt } = partOf(bytes, 'SQRS');

  it('asks the backend for the rows where they are', async () => {
    writeFileSync(path, bytes);
    const { backend, asked } = mapping();
    const index = await VectorIndex.load<string>(path, { backend, mmap: true });
    expect(asked).toEqual([
      {
        dim: DIM,
        metric: 'cosine',
        dtype: 'float32',
        rows: ROWS,
        rowsAt,
        squares: squaresAt,
        fileBytes: bytes.length,
        threads: 0,
      },
    ]);
    expect(index.stats().mapped).toBe(true);
    expect(index.search(rows[9], 5)).toEqual(VectorIndex.from(rows, { ids }).search(rows[9], 5));
    expect((await VectorIndex.load(path, { backend })).stats().mapped).toBe(false);
    expect(asked).toHaveLength(1);
  });

  it('loads as usual where the backend cannot map, or there is nothing to map', async () => {
    writeFileSync(path, bytes);
    expect((await VectorIndex.load(path, { backend: 'reference', mmap: true })).stats().mapped).toBe(false);
    await new VectorIndex({ dim: 2 }).save(path);
    const { backend, asked } = mapping();
    expect((await VectorIndex.load(path, { backend, mmap: true })).size).toBe(0);
    expect(asked).toEqual([]);
  });

  it('always checks everything but the rows, and these when asked to', async () => {
    const { backend } = mapping();
    const load = (verify: boolean) => VectorIndex.load(path, { backend, mmap: true, verify });
    const damaged = bytes.slice();
    damaged[rowsAt + ROWS * DIM * 2] ^= 1;
    writeFileSync(path, damaged);
    expect((await load(false)).size).toBe(ROWS);
    await expect(load(true)).rejects.toThrow('damage in section ROWS');
    writeFileSync(
      path,
      forged(bytes, (view) => view.setFloat32(rowsAt + DIM * 4 * 2000, Number.NaN, true)),
    );
    await expect(load(true)).rejects.toThrow('out of range in row 2000');
    writeFileSync(
      path,
      forged(bytes, (view) => view.setFloat64(squaresAt + 8 * 2000, 1, true)),
    );
    await expect(load(true)).rejects.toThrow('sum of squares 1 of row 2000');
    writeFileSync(
      path,
      forged(bytes, (view) => view.setFloat64(squaresAt + 8 * 2000, Number.NaN, true)),
    );
    await expect(load(false)).rejects.toThrow('sum of squares NaN of row 2000');
    const flipped = bytes.slice();
    flipped[squaresAt + 1] ^= 1;
    writeFileSync(path, flipped);
    await expect(load(false)).rejects.toThrow('damage in section SQRS');
    writeFileSync(path, bytes);
    expect((await load(true)).size).toBe(ROWS);
  });

  it('notices that another file took the place of the one it read', async () => {
    writeFileSync(path, bytes);
    const newer = join(folder, 'newer');
    writeFileSync(newer, VectorIndex.from([[1, 2]], { ids: ['only'] }).toBytes());
    let times = 0;
    const { backend } = mapping(() => {
      if (++times === 1) {
        copyFileSync(path, join(folder, 'older'));
        renameSync(newer, path);
        copyFileSync(join(folder, 'older'), newer);
      }
    });
    // The stand-in reads what the path names by now, whose rows are elsewhere: only the second try can be right.
    const index = await VectorIndex.load<string>(path, { backend, mmap: true });
    expect(index.ids()).toEqual(['only']);
    expect(index.get('only')).toEqual(Float32Array.of(1, 2));
    expect(times).toBe(2);
  });

  const natives = backends.filter((name) => name.startsWith('native'));
  it.each(natives)('on %s: nor does a file of another length that took its place fail', async (name) => {
    writeFileSync(path, bytes);
    const newer = join(folder, 'newer');
    const file = VectorIndex.from([[1, 2]], { ids: ['only'] }).toBytes();
    writeFileSync(newer, file);
    const native = openBackend(name);
    const openMapped: typeof native.openMapped = (...layout) => {
      if (existsSync(newer)) renameSync(newer, path);
      return native.openMapped?.(...layout) as Corpus;
    };
    const index = await VectorIndex.load<string>(path, { backend: { ...native, openMapped }, mmap: true });
    expect([index.ids(), index.stats().mapped]).toEqual([['only'], true]);
    index.dispose();
    // No save took place: the file is damaged, and says so.
    const cut: typeof native.openMapped = (...layout) => {
      truncateSync(path, file.length - 1);
      return native.openMapped?.(...layout) as Corpus;
    };
    await expect(
      VectorIndex.load<string>(path, { backend: { ...native, openMapped: cut }, mmap: true }),
    ).rejects.toMatchObject({ code: 'CORRUPT_FILE', message: expect.stringContaining(`expected ${file.length}`) });
  });
});
