/** `node record.js file`: runs the cases on the reference and writes what it answered. */
import { lightCases } from '../../backend/conformance/cases.js';
import { attackCases } from './attack-cases.js';
import { recordingBackend } from './recorder.js';
import { GoldenWriter } from './writer.js';

const file = new GoldenWriter(process.argv[2]);
const backend = recordingBackend(file);
for (const { name, run } of [...lightCases, ...attackCases]) {
  file.add('case', name);
  run(backend);
}
file.close();
