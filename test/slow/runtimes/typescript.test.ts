/** Compilers, from the oldest that is promised, and Jest: the types are read, and the program runs, as they come. */
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../../fixtures/machine.js';
import { mustRun } from '../../fixtures/processes/run.js';
import { AS_IT_COMES, obstacle, project, tool, write } from './installed.js';

const USE = `import { VectorIndex, cosineSimilarity } from 'kindred';
import * as client from 'kindred/client';
import * as words from 'kindred/embeddings';
import * as io from 'kindred/io';
import { Interactions, ItemKnn } from 'kindred/recommend';
import { init } from 'kindred/wasm';
const index = VectorIndex.from([[1, 0], [0, 1]], { ids: ['a', 'b'] });
const hits: { id: string; score: number }[] = index.search([1, 0], 1);
const model = ItemKnn.fit(Interactions.from([{ user: 'a', item: 7 }]));
const items: number[] = model.recommend('a').map(({ item }) => item);
export { client, cosineSimilarity, hits, init, io, items, words };
`;
const KERNELS = `import kernels from 'kindred/wasm/simd.wasm';\nexport { kernels };\n${USE}`;
const TEST = `import { backendInfo, VectorIndex } from 'kindred';
import { Interactions, ItemKnn } from 'kindred/recommend';
declare const test: (name: string, body: () => Promise<void>) => void;
declare const expect: (value: unknown) => { toEqual(other: unknown): void };
test('runs', async () => {
  const hits: { id: string; score: number }[] =
    await VectorIndex.from([[1, 0], [0, 1]], { ids: ['a', 'b'] }).searchAsync([1, 0], 1);
  expect(hits).toEqual([{ id: 'a', score: 1 }]);
  expect(ItemKnn.fit(Interactions.from([{ user: 'a', item: 'b' }])).recommendFor(['b'])).toEqual([]);
  expect(backendInfo().name).toEqual('native');
});
`;

describeUnless(obstacle, 'compilers and Jest', () => {
  const folder = obstacle === undefined ? project() : '';
  beforeAll(() => write(folder, { 'cjs/package.json': '{}', 'cjs/use.ts': USE, 'cjs/kernels.mts': KERNELS }));

  const compile = async (compiler: string, compilerOptions: object, files: string[]) => {
    const shared = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false, types: [] };
    write(folder, {
      'cjs/tsconfig.json': JSON.stringify({ compilerOptions: { ...shared, ...compilerOptions }, files }),
    });
    await mustRun(process.execPath, [tool(`${compiler}/bin/tsc`), '-p', join(folder, 'cjs')]);
  };

  it.each(['typescript52', 'typescript'])('%s reads the types, without those of Node or of a browser', async (name) => {
    const old = { target: 'es2020', lib: ['es2020'] };
    await compile(name, { ...old, module: 'commonjs', moduleResolution: 'node' }, ['use.ts']);
    await compile(name, { ...old, module: 'node16', moduleResolution: 'node16' }, ['use.ts', 'kernels.mts']);
    const recent = { target: 'es2022', lib: ['es2022'] };
    await compile(name, { ...recent, module: 'esnext', moduleResolution: 'bundler' }, ['use.ts', 'kernels.mts']);
  });

  it('Jest runs CommonJS and ts-jest TypeScript, in its environment for Node', async () => {
    write(folder, {
      'jest/package.json': '{ "name": "tested-by-jest" }',
      'jest/tsconfig.json': JSON.stringify({
        compilerOptions: { module: 'commonjs', moduleResolution: 'node', target: 'es2020', strict: true, types: [] },
      }),
      'jest/jest.config.js': `module.exports = { transform: { '\\\\.ts$': 'ts-jest' } };`,
      'jest/typed.test.ts': TEST,
      'jest/plain.test.js': `const { backendInfo, VectorIndex } = require('kindred');
        test('runs', async () => {
          expect(await VectorIndex.from([[1, 0]]).searchAsync([1, 0], 1)).toEqual([{ id: 0, score: 1 }]);
          expect(backendInfo().name).toBe('native');
        });`,
    });
    const arguments_ = [tool('jest/bin/jest.js'), '--rootDir', join(folder, 'jest'), '--json', '--runInBand'];
    const { numPassedTests, numFailedTests } = JSON.parse(
      await mustRun(process.execPath, arguments_, { cwd: join(folder, 'jest'), env: AS_IT_COMES }),
    );
    expect({ numPassedTests, numFailedTests }).toEqual({ numPassedTests: 2, numFailedTests: 0 });
  });
});
