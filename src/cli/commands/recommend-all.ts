/** `kindred recommend --all`: what every user gets, as a table for another program. */

import { saveText } from '../../files/disk.js';
import { KindredError } from '../../index.js';
import type { AnyModel } from '../../recommend/index.js';
import { nextTurn } from '../../turns/turn.js';
import { grouped } from '../input/read-interactions.js';
import type { Output } from '../output/output.js';
import { requireWritable } from '../output/output-file.js';
import type { ProgressLine } from '../output/progress-line.js';

export interface RecommendAllCommandOptions {
  readonly k: number;
  readonly output?: string;
  readonly includeSeen?: boolean;
  readonly minScore?: number;
  readonly json?: boolean;
}

/** Users at a time: enough for a backend's batches, and little enough to say how far it is. */
const USERS_AT_ONCE = 1024;
const CSV_HEADER = 'user,rank,item,score\n';

/** CSV, or JSON lines with `--json` or to a file named so; to stdout, or to a file that is there when it is whole. */
export async function recommendToAll(
  file: string,
  model: AnyModel,
  options: RecommendAllCommandOptions,
  { print, progress }: Output,
): Promise<void> {
  const { output } = options;
  const isJson = options.json || /\.(jsonl|ndjson)$/i.test(output ?? '');
  if (output !== undefined && !isJson && !/\.csv$/i.test(output)) {
    throw new KindredError('INVALID_ARGUMENT', `--output ${output}: expected a name that ends with .csv or .jsonl`);
  }
  const lines = linesOf(model, options, isJson, progress);
  if (output === undefined) {
    await print.pieces(lines);
    progress.done();
    return;
  }
  await requireWritable(output, '--output');
  await saveText(output, lines);
  progress.done();
  print.text(`recommended to ${grouped(model.interactions.users.length)} users of ${file}: ${output}`);
}

async function* linesOf(
  model: AnyModel,
  { k, includeSeen, minScore }: RecommendAllCommandOptions,
  isJson: boolean,
  progress: ProgressLine,
): AsyncGenerator<string> {
  const { users } = model.interactions;
  if (!isJson) yield CSV_HEADER;
  for (let start = 0; start < users.length; start += USERS_AT_ONCE) {
    const some = users.slice(start, start + USERS_AT_ONCE);
    const all = model.recommendAll({
      k,
      users: some,
      excludeSeen: includeSeen !== true,
      ...(minScore !== undefined && { minScore }),
    });
    let text = '';
    for (const [n, user] of some.entries()) {
      const row = all.row(n);
      if (isJson) text += `${JSON.stringify({ user, results: row })}\n`;
      else
        row.forEach(({ item, score }, rank) => {
          text += `${csvField(user)},${rank + 1},${csvField(item)},${score}\n`;
        });
    }
    yield text;
    progress.step('recommending', start + some.length, users.length);
    // Signals are heard between two blocks.
    await nextTurn();
  }
}

/** RFC 4180. */
function csvField(id: string | number): string {
  const text = String(id);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
