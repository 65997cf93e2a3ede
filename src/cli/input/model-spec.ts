/** Models as people type them, such as `item-knn:neighbors=100` or `ease+popularity`, and their training. */
import { nearSpellings } from '../../arguments/near-spellings.js';
import { KindredError } from '../../index.js';
import {
  type AnyModel,
  Ease,
  Hybrid,
  type HybridClass,
  ImplicitAls,
  type Interactions,
  ItemKnn,
  Popularity,
  UserKnn,
} from '../../recommend/index.js';
import type { ProgressLine } from '../output/progress-line.js';
import { MODEL_NAMES, type ModelName, modelNamed, optionsOfModel } from './model-names.js';

const CLASSES = {
  'item-knn': ItemKnn,
  'user-knn': UserKnn,
  ease: Ease,
  als: ImplicitAls,
  popularity: Popularity,
} as const satisfies Record<ModelName, HybridClass['model']>;

type Values = Record<string, string | number | boolean>;

interface Member {
  readonly name: ModelName;
  readonly weight: number | undefined;
  readonly options: Values;
}

export type Fusion = 'weighted' | 'rrf';

/** What is to be trained; more than one member is a mixture. */
export interface ModelSpec {
  /** As typed: what the model is called in answers. */
  readonly text: string;
  readonly members: readonly Member[];
  readonly fusion: Fusion | undefined;
  /** Whether a member looks at when things happened. */
  readonly usesTimes: boolean;
}

/**
 * @param common options that every member takes which knows them; one that none knows is refused.
 * @throws KindredError INVALID_ARGUMENT for a model or option that is not known, with near spellings.
 */
export function readSpec(text: string, fusion?: Fusion, common: Values = {}): ModelSpec {
  // A plus before a digit belongs to a number such as 1e+3.
  const members = text.split(/\+(?=\D|$)/).map((each) => readMember(each, text));
  if (fusion !== undefined && members.length === 1) {
    throw refuse(`--fusion is for mixtures such as item-knn+ease, and ${JSON.stringify(text)} is one model`);
  }
  for (const option of Object.keys(common)) {
    if (members.some(({ name }) => optionsOfModel(name).includes(option))) continue;
    throw refuse(`the model ${text} has no option ${option}`);
  }
  return {
    text,
    fusion,
    usesTimes: members.some(({ options }) => options.window !== undefined || options.now !== undefined),
    members: members.map((member) => {
      const known = Object.entries(common).filter(([option]) => optionsOfModel(member.name).includes(option));
      return { ...member, options: { ...Object.fromEntries(known), ...member.options } };
    }),
  };
}

/** Trains in slices, so that it can be ended. Errors name the model. */
export async function fitSpec(spec: ModelSpec, interactions: Interactions, progress: ProgressLine): Promise<AnyModel> {
  const onProgress = ({ phase, done, total }: { phase: string; done: number; total: number }) =>
    progress.step(`training ${spec.text}: ${phase}`, done, total);
  try {
    const classes = spec.members.map(({ name, weight, options }) => {
      return { model: CLASSES[name], weight, options: optionsOf(options) } as HybridClass;
    });
    if (classes.length > 1) {
      return await Hybrid.fitAsync(interactions, { models: classes, method: spec.fusion, onProgress });
    }
    const [{ model, options }] = classes;
    return (await model.fitAsync(interactions, { ...options, onProgress })) as AnyModel;
  } catch (error) {
    if (!(error instanceof KindredError)) throw error;
    throw new KindredError(error.code, `${spec.text}: ${error.message}`, { cause: error });
  }
}

function readMember(text: string, whole: string): Member {
  const colon = text.indexOf(':');
  const typed = (colon < 0 ? text : text.slice(0, colon)).trim();
  const name = modelNamed(typed);
  if (name === undefined) throw refuse(`there is no model ${JSON.stringify(typed)}; ${meant(typed, MODEL_NAMES)}`);
  const options: Values = {};
  const known = [...optionsOfModel(name), ...(whole === text ? [] : ['weight'])];
  for (const part of colon < 0 ? [] : text.slice(colon + 1).split(',')) {
    const [typedOption, ...rest] = part.split('=');
    const option = typedOption.trim().replace(/-[a-z]/g, ([, letter]) => letter.toUpperCase());
    const value = rest.join('=').trim();
    if (value === '') throw refuse(`an option of ${name} is ${JSON.stringify(part)}; expected name=value`);
    if (!known.includes(option)) {
      throw refuse(`the model ${name} has no option ${JSON.stringify(typedOption)}; ${meant(option, known)}`);
    }
    if (Object.hasOwn(options, option)) throw refuse(`the option ${option} of ${name} is given twice`);
    const number = Number(value);
    options[option] = Number.isFinite(number) ? number : readWord(value);
  }
  const { weight, ...others } = options;
  if (weight !== undefined && typeof weight !== 'number') {
    throw refuse(`the weight of ${name} is ${JSON.stringify(weight)}; expected a number above 0`);
  }
  return { name, weight, options: others };
}

function readWord(value: string): string | boolean {
  if (value === 'true') return true;
  return value === 'false' ? false : value;
}

/** The options as the library takes them. */
function optionsOf({ k1, b, ...options }: Values): object {
  return k1 === undefined && b === undefined ? options : { ...options, bm25: { k1, b } };
}

function meant(typed: string, known: readonly string[]): string {
  const near = nearSpellings(typed, known);
  return near.length > 0 ? `did you mean ${near.join(', ')}?` : `expected one of ${known.join(', ')}`;
}

function refuse(message: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', message);
}
