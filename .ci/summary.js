// `node summary.js report.json ...`: the ten slowest test files of vitest's reports, and at the end one line that counts.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const written = process.argv.slice(2).filter((file) => existsSync(file));
const reports = written.map((file) => JSON.parse(readFileSync(file, 'utf8')));
const files = reports.flatMap(({ testResults }) => testResults);

console.log('The ten slowest test files, in seconds:');
const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1000;
for (const file of files.toSorted((a, b) => seconds(b) - seconds(a)).slice(0, 10)) {
  console.log(`${seconds(file).toFixed(1).padStart(8)}  ${relative(process.cwd(), file.name)}`);
}

const total = (count) => reports.reduce((sum, report) => sum + report[count], 0);
// A file that could not be loaded has no tests of its own, and counts as one failure; so does a report that was not written.
const unloaded = files.filter(({ status, assertionResults }) => {
  return status === 'failed' && !assertionResults.some((each) => each.status === 'failed');
});
const failed = total('numFailedTests') + unloaded.length + process.argv.length - 2 - written.length;
const skipped = total('numPendingTests') > 0 ? `, ${total('numPendingTests')} skipped` : '';
console.log(`\n${total('numPassedTests')} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;
