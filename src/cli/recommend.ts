/** `kindred recommend`: items for a user of the file, or for a profile that it does not know. */
import { KindredError } from '../index.js';
import { ItemKnn, UserKnn } from '../recommend/index.js';
import type { ColumnOptions } from './columns.js';
import { requireItem, requireUser } from './interaction-ids.js';
import { formatNumber, printHeading, printJson, printRanking } from './print.js';
import { Progress } from './progress.js';
import { readInteractions } from './read-file.js';

export interface RecommendCommandOptions extends ColumnOptions {
  readonly k: number;
  readonly profile?: readonly string[];
  readonly model: 'item' | 'user';
  readonly neighbors: number;
  readonly shrinkage: number;
  readonly explain?: boolean;
  readonly includeSeen?: boolean;
  readonly json?: boolean;
}

interface Reason {
  readonly item?: string;
  readonly user?: string;
  readonly contribution: number;
}

/** Keeps a line of reasons inside a terminal of 80 columns. */
const REASONS_WIDTH_MAX = 74;
/** From this many pairs on, learning may take long enough to say so. */
const LONG_LEARNING_PAIRS = 1_000_000;

export async function recommend(
  file: string,
  user: string | undefined,
  options: RecommendCommandOptions,
): Promise<void> {
  const { profile } = options;
  if ((user === undefined) === (profile === undefined)) {
    const given = user === undefined ? 'neither is given' : 'both are given';
    throw new KindredError('INVALID_ARGUMENT', `recommend expects either a user or --profile ITEM,ITEM; ${given}`);
  }
  const progress = new Progress();
  const interactions = await readInteractions(file, options, progress);
  if (user !== undefined) requireUser(interactions, user, file);
  for (const item of profile ?? []) requireItem(interactions, item, file);

  progress.show('learning ...', interactions.size >= LONG_LEARNING_PAIRS);
  const Model = options.model === 'item' ? ItemKnn : UserKnn;
  const model = Model.fit(interactions, { neighbors: options.neighbors, shrinkage: options.shrinkage });
  const wanted = { k: options.k, excludeSeen: options.includeSeen !== true };
  const ranking =
    user !== undefined ? model.recommend(user, wanted) : model.recommendFor(profile as readonly string[], wanted);
  const results = ranking.map(({ item, score }) => {
    if (!options.explain) return { item, score };
    const reasons: readonly Reason[] = model.explain(user ?? (profile as readonly string[]), item).reasons;
    return { item, score, reasons };
  });
  progress.done();

  if (options.json) {
    printJson({ file, model: options.model, ...(user === undefined ? { profile } : { user }), results });
    return;
  }
  printHeading(`recommended for ${user ?? (profile as readonly string[]).join(', ')}`);
  printRanking(results.map(({ item, score, reasons }) => ({ name: item, score, note: reasons && becauseOf(reasons) })));
}

/** The largest reasons, as many as fit a line, and how many are left. */
function becauseOf(reasons: readonly Reason[]): string {
  let text = '';
  for (const [n, { item, user, contribution }] of reasons.entries()) {
    const longer = `${text}${n === 0 ? 'because of' : ','} ${item ?? user} ${formatNumber(contribution)}`;
    const left = reasons.length - n;
    if (n > 0 && longer.length + ' and 99 more'.length > REASONS_WIDTH_MAX) return `${text} and ${left} more`;
    text = longer;
  }
  return text;
}
