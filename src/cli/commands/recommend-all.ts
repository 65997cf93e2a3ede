/** `kindred recommend --all`: what every user gets, as a table for another program. */

import { saveText } from '../../files/disk.js';
import { KindredError } from '../../index.js';
import type { AnyModel } from '../../recommend/index.js';
import { nextTurn } from '../../turns/turn.js';
import { type ListOptions, listOptions } from '../input/list-options.js';
import { grouped } from '../interactions/read-interactions.js';
import type { Output } from '../output/output.js';
import { requireWritable } from '../output/output-file.js';
import type { ProgressLine } from '../output/progress-line.js';
import { csvField, jsonText } from '../output/safe-text.js';

export interface RecommendAllCommandOptions extends ListOptions {
  readonly output?: string;
  readonly safeCsv?: boolean;
  readonly json?: boolean;
}

/** Users at a time: enough for a backend's batches, and little enough to say how far it is. */
const USERS_AT_ONCE = 1024;
/** The last column is empty for what the model says, and names what fills a list. */
const CSV_HEADER = 'user,rank,item,score,fallback\n';

/** @throws KindredError INVALID_ARGUMENT for a table that cannot be written as it is asked for. */
export async function requireTable(options: RecommendAllCommandOptions): Promise<void> {
  const { output, json, safeCsv } = options;
  if (output !== undefined && !/\.(csv|jsonl|ndjson)$/i.test(output)) {
    throw new KindredError('INVALID_ARGUMENT', `--output ${output}: expected a name that ends with .csv or .jsonl`);
  }
  if (json && /\.csv$/i.test(output ?? '')) {
    throw new KindredError('INVALID_ARGUMENT', `--json writes lines of JSON; --output ${output} is named as CSV`);
  }
  if (safeCsv && isLines(options)) {
    throw new KindredError('INVALID_ARGUMENT', '--safe-csv is for CSV, and lines of JSON are asked for');
  }
  if (output !== undefined) await requireWritable(output, '--output');
}

/** CSV, or JSON lines with `--json` or to a file named so; to stdout, or to a file that is there when it is whole. */
export async function recommendToAll(
  file: string,
  model: AnyModel,
  columns: object | undefined,
  options: RecommendAllCommandOptions,
  { print, progress }: Output,
): Promise<void> {
  const { output } = options;
  const lines = linesOf(file, model, options, progress);
  if (output === undefined) {
    await print.pieces(lines);
    progress.done();
    return;
  }
  await saveText(output, lines);
  progress.done();
  const users = model.interactions.users.length;
  if (options.json) print.json({ file, columns, users, output });
  else print.text(`recommended to ${grouped(users)} users of ${file}: ${output}`);
}

function isLines({ json, output }: RecommendAllCommandOptions): boolean {
  return json === true || /\.(jsonl|ndjson)$/i.test(output ?? '');
}

async function* linesOf(
  file: string,
  model: AnyModel,
  options: RecommendAllCommandOptions,
  progress: ProgressLine,
): AsyncGenerator<string> {
  const { safeCsv = false } = options;
  const { users } = model.interactions;
  const wanted = listOptions(options, model, file);
  const isJson = isLines(options);
  if (!isJson) yield CSV_HEADER;
  for (let start = 0; start < users.length; start += USERS_AT_ONCE) {
    const some = users.slice(start, start + USERS_AT_ONCE);
    const all = model.recommendAll({ ...wanted, users: some });
    let text = '';
    for (const [n, user] of some.entries()) {
      const row = all.row(n);
      if (isJson) text += `${jsonText({ user, results: row })}\n`;
      else
        row.forEach(({ item, score, fallback = '' }, rank) => {
          text += `${csvField(user, safeCsv)},${rank + 1},${csvField(item, safeCsv)},${score},${fallback}\n`;
        });
    }
    yield text;
    progress.step('recommending', start + some.length, users.length);
    // Signals are heard between two blocks.
    await nextTurn();
  }
}
