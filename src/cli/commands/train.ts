/** `kindred train`: a model out of interactions, written to a file. */
import { stat } from 'node:fs/promises';
import { KindredError } from '../../index.js';
import { type Fusion, fitSpec, readSpec } from '../input/model-spec.js';
import {
  describeReading,
  grouped,
  type InteractionFileOptions,
  readInteractions,
} from '../interactions/read-interactions.js';
import type { Output } from '../output/output.js';
import { requireWritable } from '../output/output-file.js';
import { shellWord } from '../output/safe-text.js';

export interface TrainCommandOptions extends InteractionFileOptions {
  readonly output: string;
  readonly model: string;
  readonly fusion?: Fusion;
  readonly json?: boolean;
}

export async function train(file: string, options: TrainCommandOptions, { print, progress }: Output): Promise<void> {
  const { output } = options;
  const spec = readSpec(options.model, options.fusion);
  if (!output.toLowerCase().endsWith('.kindred')) {
    throw new KindredError('INVALID_ARGUMENT', `--output ${output}: the name of a model file ends with .kindred`);
  }
  await requireWritable(output, '--output');
  // The model file keeps the times, and who loads it may want them.
  const { interactions, columns } = await readInteractions(file, options, progress, { times: true });
  const start = performance.now();
  const model = await fitSpec(spec, interactions, progress);
  const seconds = (performance.now() - start) / 1000;
  progress.show(`writing ${output} ...`);
  await model.save(output);
  const { size: bytes } = await stat(output);
  progress.done();

  const { users, items, size, report } = interactions;
  if (options.json) {
    const learned = { users: users.length, items: items.length, interactions: size };
    print.json({
      file,
      columns,
      model: spec.text,
      class: model.constructor.name,
      ...learned,
      report,
      seconds,
      output,
      bytes,
    });
    return;
  }
  print.heading(`${spec.text}, trained`);
  print.pairs([
    ['data', describeReading(report)],
    ['learned', `${grouped(users.length)} users, ${grouped(items.length)} items, ${grouped(size)} interactions`],
    ['training', `${seconds.toFixed(2)} s`],
    ['written', `${output}, ${bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`}`],
    ['next', suggestion(output, String(users[0]))],
  ]);
}

/** What to do next, to be pasted into a shell. */
function suggestion(model: string, user: string): string {
  const file = shellWord(model.startsWith('-') ? `./${model}` : model);
  return `kindred recommend ${file} ${user.startsWith('-') ? '-- ' : ''}${shellWord(user)}`;
}
