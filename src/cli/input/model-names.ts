/** Models as people name them, and the options of each: one table for reading them, refusing others, and the help. */

interface NamedModel {
  /** Other spellings of the name. */
  readonly also: readonly string[];
  /** What decides the model: these stand in the help. */
  readonly options: readonly string[];
  /** What decides only how it is computed. */
  readonly resources: readonly string[];
}

const NEIGHBORHOOD = [
  ...['neighbors', 'similarity', 'weighting', 'k1', 'b', 'shrinkage'],
  ...['overlap', 'minSupport', 'feedback', 'normalize', 'centre'],
];
const ALS = ['factors', 'alpha', 'confidence', 'epsilon', 'l2', 'frequencyScaling', 'iterations', 'cgSteps', 'seed'];

const NAMED_MODELS = {
  'item-knn': { also: ['item', 'itemknn'], options: NEIGHBORHOOD, resources: ['threads'] },
  'user-knn': { also: ['user', 'userknn'], options: NEIGHBORHOOD, resources: ['threads'] },
  ease: { also: [], options: ['l2'], resources: ['maxBytes', 'threads'] },
  als: { also: ['implicit-als', 'implicitals'], options: ALS, resources: ['threads'] },
  popularity: { also: ['popular'], options: ['by', 'window', 'now'], resources: [] },
} as const satisfies Readonly<Record<string, NamedModel>>;

export type ModelName = keyof typeof NAMED_MODELS;

export const MODEL_NAMES = Object.keys(NAMED_MODELS) as readonly ModelName[];

/** The name of a model in any of its spellings; undefined if there is none. */
export function modelNamed(typed: string): ModelName | undefined {
  const lower = typed.toLowerCase();
  return MODEL_NAMES.find((name) => name === lower || (NAMED_MODELS[name].also as readonly string[]).includes(lower));
}

export function optionsOfModel(name: ModelName): readonly string[] {
  return [...NAMED_MODELS[name].options, ...NAMED_MODELS[name].resources];
}

/** How an option is typed: `minSupport` is `min-support`. */
function asTyped(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A line for every list of options, with the models that have it. */
function helpOfModels(): string {
  const lists = [...new Set<readonly string[]>(MODEL_NAMES.map((name) => NAMED_MODELS[name].options))];
  const lines = lists.map((options) => {
    const names = MODEL_NAMES.filter((name) => NAMED_MODELS[name].options === options).join(' ');
    return `  ${names.padEnd(20)}${options.map(asTyped).join(', ')}\n`;
  });
  return lines.join('');
}

export const MODELS = `
Models, by name and options, as in  ease:l2=300  or  item-knn:neighbors=100,weighting=tfidf  :
${helpOfModels()}  item-knn+als:l2=9   a mixture of several, each with a weight if you like: ease:weight=2+popularity
`;
