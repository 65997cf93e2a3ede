/** What stands for a word: a text or, for items, a number. */
import { refusal } from '../../arguments/refuse.js';

export type Word = string | number;

/** `name` says in the error which word it is. @throws KindredError INVALID_ARGUMENT */
export function readWord(word: unknown, name: string): Word {
  if (typeof word === 'string' ? word !== '' : typeof word === 'number' && Number.isFinite(word)) return word as Word;
  throw refusal(name, word, 'a text that is not empty or a finite number');
}
