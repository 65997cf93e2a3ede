/** `kindred recommend`: items for a user, for a profile that the data does not know, or for everybody. */
import { KindredError } from '../../index.js';
import type { AnyModel, Explanation, ItemReason, ModelReason, UserReason } from '../../recommend/index.js';
import { itemNamed, userNamed } from '../input/interaction-ids.js';
import { type ListOptions, listOptions } from '../input/list-options.js';
import type { Output } from '../output/output.js';
import { formatNumber } from '../output/printer.js';
import { getModel, type LearningOptions } from './get-model.js';
import { recommendToAll, requireTable } from './recommend-all.js';

export interface RecommendCommandOptions extends LearningOptions, ListOptions {
  readonly profile?: readonly string[];
  readonly all?: boolean;
  readonly output?: string;
  readonly safeCsv?: boolean;
  readonly explain?: boolean;
  /** `true`, or the lambda of MMR. */
  readonly diverse?: boolean | number;
  readonly json?: boolean;
}

type Reason = Explanation<ItemReason | UserReason | ModelReason>['reasons'][number];

/** Keeps a line of reasons inside a terminal of 80 columns. */
const REASONS_WIDTH_MAX = 74;

export async function recommend(
  file: string,
  user: string | undefined,
  options: RecommendCommandOptions,
  output: Output,
): Promise<void> {
  requireOneWish(user, options);
  if (options.all) await requireTable(options);
  const { print, progress } = output;
  // Lines of JSON on stdout have no place for the columns.
  const isStream = options.all === true && options.output === undefined;
  const reading = isStream ? { ...options, json: false } : options;
  const { name, model, columns } = await getModel(file, reading, 'item-knn', progress);
  if (options.all) {
    await recommendToAll(file, model, columns, options, output);
    return;
  }
  const { diverse } = options;
  const wanted = {
    ...listOptions(options, model, file),
    ...(diverse !== undefined && { diverse: diverse === true ? true : { lambda: diverse as number } }),
  };
  const whose = whoIs(model, user, options.profile, file);
  const ranking =
    typeof whose === 'string' || typeof whose === 'number'
      ? model.recommend(whose, wanted)
      : model.recommendFor(whose, wanted);
  const results = ranking.map((recommendation) => {
    // Of what fills a list there is nothing to explain.
    if (!options.explain || recommendation.fallback) return recommendation;
    const { base, reasons } = model.explain(whose, recommendation.item);
    return { ...recommendation, ...(base !== undefined && { base }), reasons };
  });
  progress.done();

  if (options.json) {
    const whom = user === undefined ? { profile: options.profile } : { user };
    print.json({ file, columns, model: name, ...whom, results });
    return;
  }
  const whom = user ?? (options.profile as readonly string[]).join(', ');
  const isFallback = results.length > 0 && results.every(({ fallback }) => fallback === 'popularity');
  print.heading(`recommended for ${whom}${isFallback ? ', of whom nothing is known: what is popular' : ''}`);
  print.ranking(
    results.map((result) => {
      const filled = result.fallback && !isFallback ? 'popular: nothing more is known' : undefined;
      const note = 'reasons' in result ? becauseOf(result.reasons, result.base) : filled;
      return { name: result.item, score: result.score, note };
    }),
  );
}

function requireOneWish(user: string | undefined, options: RecommendCommandOptions) {
  const { profile, all, output, safeCsv, explain, diverse } = options;
  const given = [user !== undefined, profile !== undefined, all === true].filter(Boolean).length;
  if (given !== 1) {
    const found = given === 0 ? 'neither is given' : given === 2 ? 'both are given' : 'all are given';
    throw new KindredError('INVALID_ARGUMENT', `recommend expects a user, --profile ITEM,ITEM or --all; ${found}`);
  }
  if (!all && (output !== undefined || safeCsv)) {
    throw new KindredError('INVALID_ARGUMENT', `--${output === undefined ? 'safe-csv' : 'output'} goes with --all`);
  }
  if (all && (explain || diverse !== undefined)) {
    const option = explain ? '--explain' : '--diverse';
    throw new KindredError('INVALID_ARGUMENT', `${option} is for one user or profile, not for --all`);
  }
}

function whoIs(
  model: AnyModel,
  user: string | undefined,
  profile: readonly string[] | undefined,
  file: string,
): string | string[] {
  const { interactions } = model;
  if (user !== undefined) return userNamed(interactions, user, file);
  return (profile as readonly string[]).map((item) => itemNamed(interactions, item, file));
}

/** The largest reasons, as many as fit a line, and how many are left. */
function becauseOf(reasons: readonly Reason[], base: number | undefined): string {
  const parts = reasons.map((reason) => {
    const name = 'item' in reason ? reason.item : 'user' in reason ? reason.user : reason.model;
    return `${name} ${formatNumber(reason.contribution)}`;
  });
  if (base !== undefined) parts.unshift(`a base of ${formatNumber(base)}`);
  let text = '';
  for (const [n, part] of parts.entries()) {
    const longer = `${text}${n === 0 ? 'because of' : ','} ${part}`;
    if (n > 0 && longer.length + ' and 99 more'.length > REASONS_WIDTH_MAX)
      return `${text} and ${parts.length - n} more`;
    text = longer;
  }
  return text;
}
