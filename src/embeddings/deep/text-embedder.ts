/** Texts into embeddings, by a sentence encoder that the caller runs. */
import { KindredError } from '../../errors.js';
import { show } from '../../similarity/vectors.js';
import { adapt, type Embedder } from './embedder.js';
import type { ModelOptions } from './embedder-options.js';

/** As for any model; `run` gets the texts of a batch. */
export type TextModel<Loaded = undefined> = ModelOptions<string[], Loaded>;

/**
 * An embedder of texts. A text of nothing but white space is refused: encoders give it no row, or one that means nothing.
 * @example
 * const texts = textEmbedder({
 *   model: 'universal-sentence-encoder-lite-en@1',
 *   load: () => initModel(modelSource),
 *   run: (batch, encoder) => encoder.embed(batch),
 * });
 * const index = await texts.index(sentences);
 * index.search(await texts.embedOne('how do I get my money back?'), 3);
 * @throws KindredError INVALID_ARGUMENT
 */
export function textEmbedder<Loaded = undefined>(options: TextModel<Loaded>): Embedder<string> {
  return adapt(options, {
    what: 'text',
    prepare: (text: string, name) => [readText(text, name)],
    batch: (texts) => [...texts],
  });
}

function readText(text: unknown, name: string): string {
  if (typeof text !== 'string')
    throw new KindredError('INVALID_ARGUMENT', `${name} must be a string, not ${show(text)}`);
  if (text.trim() === '') {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${name} is ${text === '' ? 'empty' : 'only white space'}: leave it out`,
    );
  }
  return text;
}
