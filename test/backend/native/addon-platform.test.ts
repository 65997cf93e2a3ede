/** Where an addon is published: the platform that its own header names. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { addonPlatform } from '../../../native/addon-platform.js';
import { platformName } from '../../../src/backend/native/platform.js';
import { addon, describeUnless, noAddon } from '../../fixtures/machine.js';

/** The first bytes of an addon, with words of a header at their places. */
function header(begin: string, words: Record<number, readonly [number, 2 | 4]>, rest = ''): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(256), Buffer.from(rest, 'latin1')]);
  bytes.write(begin, 'latin1');
  for (const [at, [word, size]] of Object.entries(words)) bytes.writeUIntLE(word, Number(at), size);
  return bytes;
}

const pe = (machine: number) => {
  const bytes = header('MZ', { 60: [0x80, 4], 132: [machine, 2] });
  bytes.write('PE\0\0', 0x80, 'latin1');
  return bytes;
};

it.each([
  ['linux-x64', header('\x7fELF', { 18: [0x3e, 2] })],
  ['linux-arm64', header('\x7fELF', { 18: [0xb7, 2] })],
  ['linux-x64-musl', header('\x7fELF', { 18: [0x3e, 2] }, 'libc.musl-x86_64.so.1')],
  ['linux-arm64-musl', header('\x7fELF', { 18: [0xb7, 2] }, 'libc.musl-aarch64.so.1')],
  ['darwin-x64', header('', { 0: [0xfeedfacf, 4], 4: [0x01000007, 4] })],
  ['darwin-arm64', header('', { 0: [0xfeedfacf, 4], 4: [0x0100000c, 4] })],
  ['win32-x64', pe(0x8664)],
  ['win32-arm64', pe(0xaa64)],
])('%s', (platform, bytes) => {
  expect(addonPlatform(bytes)).toBe(platform);
});

it.each([
  ['nothing', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(300)],
  ['another processor', header('\x7fELF', { 18: [0xf3, 2] })],
  ['a program of DOS', header('MZ', { 60: [2 ** 31, 4] })],
])('is refused for %s', (_, bytes) => {
  expect(() => addonPlatform(bytes)).toThrow(/^kindred: no addon for x64 or arm64/);
});

describeUnless(noAddon(), 'the addon of this machine', () => {
  it('has the name that the loader looks for', () => expect(addonPlatform(readFileSync(addon))).toBe(platformName()));
});
