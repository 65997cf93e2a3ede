/** Texts into embeddings, by a sentence encoder that the caller runs. */

import { readObject } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { adapt, type Embedder } from './embedder.js';
import { MODEL_OPTIONS, type ModelOptions } from './embedder-options.js';

/** As for any model; `run` gets the texts of a batch. */
export type TextModel<Loaded = undefined> = ModelOptions<string[], Loaded>;

/**
 * An embedder of texts. A text of nothing but white space is refused: encoders give it no row, or one that means
 * nothing.
 * @example
 * // Stands for a sentence encoder, which `load` would fetch and `run` would be given.
 * const countVowels = (text: string) => [...'aeiou'].map((vowel) => text.split(vowel).length - 1);
 * const texts = textEmbedder({ model: 'vowels', run: (batch) => batch.map(countVowels) });
 * const index = await texts.index(['how do I pay', 'where is my parcel'], { ids: ['pay', 'parcel'] });
 * index.search(await texts.embedOne('where are the parcels'), 1)[0].id; // 'parcel'
 * @throws KindredError INVALID_ARGUMENT
 */
export function textEmbedder<Loaded = undefined>(options: TextModel<Loaded>): Embedder<string> {
  return adapt(readObject(options, "{ model: 'name', run }", MODEL_OPTIONS), {
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
