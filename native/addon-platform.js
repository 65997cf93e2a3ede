// Tells by the header of an addon which platform it is for, in the words of src/backend/native/platform.ts.

const ELF_MACHINES = { 62: 'x64', 183: 'arm64' };
const MACH_CPUS = { 16777223: 'x64', 16777228: 'arm64' };
const PE_MACHINES = { 34404: 'x64', 43620: 'arm64' };
const PE_HEADER_AT = 0x3c;

/**
 * For example `linux-arm64`, `linux-x64-musl`, `darwin-arm64`, `win32-x64`.
 * @param {Buffer} addon the whole file
 * @throws Error for what no Node could load
 */
export function addonPlatform(addon) {
  const known = addon.length > 64 ? (elf(addon) ?? mach(addon) ?? pe(addon)) : undefined;
  if (known === undefined || known.includes('undefined')) {
    throw new Error(`kindred: no addon for x64 or arm64: it begins with ${addon.subarray(0, 20).toString('hex')}`);
  }
  return known;
}

/** What is linked with musl names it: its library has the architecture in its name. */
function elf(addon) {
  if (addon.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  return `linux-${ELF_MACHINES[addon.readUInt16LE(18)]}${addon.includes('libc.musl-') ? '-musl' : ''}`;
}

function mach(addon) {
  return addon.readUInt32LE(0) === 0xfeedfacf ? `darwin-${MACH_CPUS[addon.readUInt32LE(4)]}` : undefined;
}

function pe(addon) {
  if (addon.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const at = addon.readUInt32LE(PE_HEADER_AT);
  if (at + 6 > addon.length || addon.toString('latin1', at, at + 4) !== 'PE\0\0') return undefined;
  return `win32-${PE_MACHINES[addon.readUInt16LE(at + 4)]}`;
}
