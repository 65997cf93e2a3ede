/**
 * `npm run test:faults [-- part of a name or path ...]`: whether the tests notice mistakes.
 * Plants one small mistake after another in a copy of the checkout, builds it, and says which test notices.
 * The faults are in `catalogue/`, a file per layer.
 * Each must die in the fast tier, unless it names the slow proof it needs.
 * A mistake that no test notices means that the tests lost power.
 * npm must run this: it tells node-gyp where Node's headers are.
 */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readCatalogue } from './catalogue.js';
import { Copy } from './copy.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // Faults tried side by side, each in a copy of its own.
    copies: { type: 'string', default: String(Math.min(2, cpus().length)) },
    // Only checks that each fault fits the sources.
    list: { type: 'boolean', default: false },
    // Only the tests that a fault names. Quick, but other tests may notice what they miss.
    first: { type: 'boolean', default: false },
    // Only faults with a slow proof, or only those without.
    tier: { type: 'string', default: 'both' },
  },
});

const faults = (await readCatalogue(checkout))
  .filter(({ slow }) => values.tier === 'both' || (values.tier === 'slow') === (slow !== undefined))
  .filter(({ name, file }) => {
    return positionals.length === 0 || positionals.some((part) => name.includes(part) || file.includes(part));
  });
if (values.list) {
  for (const { name, file, slow } of faults) console.log(`${file}: ${name}${slow ? ` (slow proof: ${slow})` : ''}`);
  console.log(`${faults.length} faults`);
} else {
  process.exitCode = report(faults, await tryAll(faults, Number(values.copies)));
}

/** What became of each fault, in the order they ended. */
async function tryAll(all, count) {
  console.log(`${all.length} faults, ${count} at a time`);
  const waiting = [...all];
  const outcomes = [];
  const work = async (number) => {
    const copy = await Copy.of(checkout, number, count);
    try {
      for (let fault = waiting.shift(); fault; fault = waiting.shift()) {
        const outcome = await copy.tryOut(fault, values.first);
        outcomes.push({ fault, ...outcome });
        console.log(`${outcomes.length}/${all.length} ${outcome.verdict.padEnd(8)} ${fault.file}: ${fault.name}`);
        console.log(`    ${outcome.told} (${outcome.seconds.toFixed(0)} s)`);
      }
      if (number === 0 && !values.first) await distrust(copy, outcomes);
    } finally {
      copy.remove();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: count }, (_, number) => work(number)));
  for (const end of ends) if (end.status === 'rejected') console.error(String(end.reason?.stack ?? end.reason));
  return outcomes;
}

/** A test that fails without any fault has noticed none. */
async function distrust(copy, outcomes) {
  for (const isSlow of [false, true]) {
    const noticed = outcomes.filter(({ by, fault }) => by && (fault.slow !== undefined) === isSlow);
    const files = [...new Set(noticed.map(({ by }) => by))];
    const failure = files.length > 0 && (await copy.failureWithoutFault(files, isSlow));
    if (failure) console.log(`FAILS WITHOUT A FAULT: ${failure.told}`);
    for (const outcome of noticed) if (failure && failure.file === outcome.by) outcome.verdict = 'doubtful';
  }
}

/** Prints who noticed how many, and what nobody noticed. Returns the exit code: 0 if every fault was noticed. */
function report(all, outcomes) {
  const killed = outcomes.filter(({ verdict }) => verdict === 'killed');
  const counts = new Map();
  for (const { by = 'a process that ended or hung' } of killed) counts.set(by, (counts.get(by) ?? 0) + 1);
  console.log('\nfaults  noticed by');
  for (const [file, count] of [...counts].sort((a, b) => b[1] - a[1]))
    console.log(`${String(count).padStart(6)}  ${file}`);
  const rest = outcomes.filter(({ verdict }) => verdict !== 'killed');
  for (const { fault, verdict, told } of rest)
    console.log(`${verdict.toUpperCase()}: ${fault.file}: ${fault.name}: ${told}`);
  console.log(`\n${killed.length} of ${all.length} faults noticed, ${all.length - outcomes.length} not tried`);
  return killed.length === all.length ? 0 : 1;
}
