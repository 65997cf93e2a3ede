/** What stands for a word: a text or, for items, a number. */
import { isId } from '../../arguments/ids.js';
import { refusal } from '../../arguments/refuse.js';

export type Word = string | number;

/** `name` says in the error which word it is. @throws KindredError INVALID_ARGUMENT */
export function readWord(word: unknown, name: string): Word {
  if (isId(word) && word !== '') return word;
  throw refusal(name, word, 'a text that is not empty or a number from -(2^53 - 1) to 2^53 - 1');
}
