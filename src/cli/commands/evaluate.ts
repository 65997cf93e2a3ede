/** `kindred evaluate`: what models are worth, with intervals. */

import { printGap, printJson, printText } from '../output/print.js';
import { Progress } from '../output/progress.js';
import { type JudgeOptions, judge, sideBySide, writeHtml } from './judge.js';

export async function evaluate(files: readonly string[], options: JudgeOptions): Promise<void> {
  const progress = new Progress();
  const judged = await judge(files, options, progress);
  const { reports, setting, data } = judged;
  progress.done();
  if (options.json) printJson({ ...data, reports });
  else {
    for (const line of setting) printText(line);
    printGap();
    if (reports.length === 1) printText(String(reports[0]).trimEnd());
    else printText(sideBySide(reports));
  }
  await writeHtml(judged, options);
}
