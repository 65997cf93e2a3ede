/** `kindred compare`: whether one model is better than another, or chance. */
import { KindredError } from '../../index.js';
import { compare as comparing } from '../../recommend/index.js';
import type { Output } from '../output/output.js';
import { isSaved } from './get-model.js';
import { type JudgeOptions, judge, sideBySide, writeHtml } from './judge.js';

export async function compare(
  files: readonly string[],
  options: JudgeOptions,
  { print, progress }: Output,
): Promise<void> {
  const { model, format } = options;
  const given = model !== undefined ? model.length : isSaved(files[0], format) ? files.length : undefined;
  if (given === 1) {
    const only = model === undefined ? files[0] : `--model ${model[0]}`;
    throw new KindredError('INVALID_ARGUMENT', `compare expects two models or more; given ${only}`);
  }
  const judged = await judge(files, options, progress);
  const { setting, data, reports } = judged;
  progress.show('comparing ...');
  const [first, ...others] = reports;
  const comparisons = others.map((other) => comparing(first, other));
  // Before anything is printed: whoever reads that may stop.
  await writeHtml(judged, options);
  progress.done();
  if (options.json) print.json({ ...data, reports, comparisons });
  else {
    for (const line of setting) print.text(line);
    print.gap();
    print.text(sideBySide(reports));
    for (const comparison of comparisons) {
      print.gap();
      print.heading(`${comparison.first} against ${comparison.second}`);
      print.text(String(comparison).trimEnd());
    }
  }
}
