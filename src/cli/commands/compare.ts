/** `kindred compare`: whether one model is better than another, or chance. */
import { KindredError } from '../../index.js';
import { compare as comparing } from '../../recommend/index.js';
import { holdsModel } from '../input/read-bytes.js';
import { printGap, printHeading, printJson, printText } from '../output/print.js';
import { Progress } from '../output/progress.js';
import { type JudgeOptions, judge, sideBySide, writeHtml } from './judge.js';

export async function compare(files: readonly string[], options: JudgeOptions): Promise<void> {
  const { model } = options;
  const given = model !== undefined ? model.length : holdsModel(files[0]) ? files.length : undefined;
  if (given === 1) {
    const only = model === undefined ? files[0] : `--model ${model[0]}`;
    throw new KindredError('INVALID_ARGUMENT', `compare expects two models or more; given ${only}`);
  }
  const progress = new Progress();
  const judged = await judge(files, options, progress);
  const { setting, data, reports } = judged;
  progress.show('comparing ...');
  const [first, ...others] = reports;
  const comparisons = others.map((other) => comparing(first, other));
  progress.done();
  if (options.json) printJson({ ...data, reports, comparisons });
  else {
    for (const line of setting) printText(line);
    printGap();
    printText(sideBySide(reports));
    for (const comparison of comparisons) {
      printGap();
      printHeading(`${comparison.first} against ${comparison.second}`);
      printText(String(comparison).trimEnd());
    }
  }
  await writeHtml(judged, options);
}
