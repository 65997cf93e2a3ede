/**
 * The language of filters, read into a tree:
 *
 *     filter     = and ("or" and)*            and = not ("and" not)*
 *     not        = "not" not | "(" filter ")" | "exists" field | field compare
 *     compare    = ("=" | "!=" | "<" | "<=" | ">" | ">=") value | "in" "(" value ("," value)* ")"
 *     value      = 'text' (a quote is doubled) | number | true | false
 */
import { Refusal } from '../errors.js';
import { LIMITS } from '../limits.js';

export type Literal = string | number | boolean;
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type Filter =
  | { readonly is: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly is: 'not'; readonly part: Filter }
  | { readonly is: 'exists'; readonly field: string }
  | { readonly is: 'in'; readonly field: string; readonly values: readonly Literal[] }
  | { readonly is: Comparison; readonly field: string; readonly value: Literal };

interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:(?<word>[A-Za-z_][\w.-]*)|'(?<text>(?:[^']|'')*)'|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<sign>!=|<=|>=|[=<>(),]))/y;
const SIGNS = new Set<string>(['=', '!=', '<', '<=', '>', '>=']);
const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'exists', 'true', 'false']);

/** @throws Refusal INVALID_REQUEST naming the character where it cannot go on, and what could stand there */
export function parseFilter(text: string): Filter {
  return new Parser(text).whole();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #conditions = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): Filter {
    const filter = this.#any();
    if (this.#peek().kind !== 'end') throw this.#unexpected('and, or or the end');
    return filter;
  }

  #any(): Filter {
    return this.#joined('or', () => this.#joined('and', () => this.#one()));
  }

  #joined(word: 'and' | 'or', part: () => Filter): Filter {
    const parts = [part()];
    while (this.#takes(word)) parts.push(part());
    return parts.length === 1 ? parts[0] : { is: word, parts };
  }

  #one(): Filter {
    if (++this.#depth > LIMITS.depth) throw refuse(`is nested more than ${LIMITS.depth} deep`);
    try {
      if (this.#takes('not')) return { is: 'not', part: this.#one() };
      if (this.#takes('(')) {
        const inner = this.#any();
        this.#must(')');
        return inner;
      }
      return this.#condition();
    } finally {
      this.#depth--;
    }
  }

  #condition(): Filter {
    if (++this.#conditions > LIMITS.filterConditions)
      throw refuse(`has more than ${LIMITS.filterConditions} conditions`);
    if (this.#takes('exists')) return { is: 'exists', field: this.#field() };
    const field = this.#field();
    if (this.#takes('in')) {
      this.#must('(');
      const values = [this.#value()];
      while (this.#takes(',')) values.push(this.#value());
      this.#must(')');
      return { is: 'in', field, values };
    }
    const { kind, text } = this.#peek();
    if (kind !== 'sign' || !SIGNS.has(text)) throw this.#unexpected('=, !=, <, <=, >, >= or in');
    this.#next++;
    const value = this.#value();
    if (typeof value === 'boolean' && text !== '=' && text !== '!=') throw refuse(`compares ${value} by ${text}`);
    return { is: text as Comparison, field, value };
  }

  #field(): string {
    const { kind, text } = this.#peek();
    if (kind !== 'word' || KEYWORDS.has(text.toLowerCase())) throw this.#unexpected('the name of a property');
    this.#next++;
    return text;
  }

  #value(): Literal {
    const { kind, text } = this.#peek();
    if (kind === 'text') {
      this.#next++;
      return text;
    }
    if (kind === 'number' && Number.isFinite(Number(text))) {
      this.#next++;
      return Number(text);
    }
    if (this.#takes('true')) return true;
    if (this.#takes('false')) return false;
    throw this.#unexpected("a 'text' in single quotes, a number, true or false");
  }

  #peek(): Token {
    return this.#tokens[this.#next];
  }

  /** Words of the language are written in either case. */
  #takes(expected: string): boolean {
    const { kind, text } = this.#peek();
    const fits = kind === 'sign' ? text === expected : kind === 'word' && text.toLowerCase() === expected;
    if (fits) this.#next++;
    return fits;
  }

  #must(expected: string): void {
    if (!this.#takes(expected)) throw this.#unexpected(expected);
  }

  #unexpected(expected: string): Refusal {
    const { at } = this.#peek();
    const rest = this.#text.slice(at, at + 20);
    return refuse(`has ${rest === '' ? 'its end' : JSON.stringify(rest)} at character ${at + 1}; expected ${expected}`);
  }
}

/** Words, values and signs, each with its place. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < end) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match?.groups === undefined) {
      const start = at + (/^\s*/.exec(text.slice(at)) as RegExpExecArray)[0].length;
      throw refuse(
        `has ${JSON.stringify(text.slice(start, start + 20))} at character ${start + 1}, which is no word of it`,
      );
    }
    const [kind, word] = Object.entries(match.groups).find(([, each]) => each !== undefined) as [Token['kind'], string];
    const start = at + match[0].length - match[0].trimStart().length;
    tokens.push({ kind, text: kind === 'text' ? word.replaceAll("''", "'") : word, at: start });
    at = TOKEN.lastIndex;
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

function refuse(what: string): Refusal {
  return new Refusal('INVALID_REQUEST', `The filter ${what}.`);
}
