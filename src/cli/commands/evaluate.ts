/** `kindred evaluate`: what models are worth, with intervals. */
import type { Output } from '../output/output.js';
import { type JudgeOptions, judge, sideBySide, writeHtml } from './judge.js';

export async function evaluate(
  files: readonly string[],
  options: JudgeOptions,
  { print, progress }: Output,
): Promise<void> {
  const judged = await judge(files, options, progress);
  const { reports, setting, data } = judged;
  // Before anything is printed: whoever reads that may stop.
  await writeHtml(judged, options);
  progress.done();
  if (options.json) print.json({ ...data, reports });
  else {
    for (const line of setting) print.text(line);
    print.gap();
    if (reports.length === 1) print.text(String(reports[0]).trimEnd());
    else print.text(sideBySide(reports));
  }
}
