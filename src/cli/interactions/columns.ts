/** Which columns hold users, items, values and times: as told, else by the names people give them. Never by a guess. */
import { KindredError } from '../../index.js';
import { type Layout, ROLES, type Role, usualName } from './usual-names.js';

export interface ColumnOptions {
  readonly userColumn?: string;
  readonly itemColumn?: string;
  /** False if none is to be looked for. */
  readonly valueColumn?: string | false;
  /** The same. */
  readonly timeColumn?: string | false;
}

/** Columns by name, or by number from 0. */
export interface Columns<Name extends string | number = string | number> {
  readonly user: Name;
  readonly item: Name;
  readonly value: Name | undefined;
  readonly time: Name | undefined;
}

/** What is known of the columns of a file. */
export interface Head {
  /** Their names. */
  readonly names: readonly string[];
  /** What the first row holds of a column. */
  readonly first?: ((name: string) => unknown) | undefined;
  /** Whether columns have numbers too. */
  readonly areNumbered?: boolean;
  /** What else may be meant, for refusals. */
  readonly advice?: string;
}

export interface Choice<Name extends string | number> {
  readonly columns: Columns<Name>;
  /** What was not taken, and why. */
  readonly note?: string | undefined;
}

/** What was typed for a role, if anything. */
export function typedFor(role: Role, options: ColumnOptions): string | undefined {
  const typed = options[`${role}Column`];
  return typed === false ? undefined : typed;
}

/**
 * @param wantsTimes whether a usual column of times is looked for.
 * @throws KindredError INVALID_ARGUMENT for columns that are not there or cannot be told.
 */
export function chooseByName(head: Head, options: ColumnOptions, wantsTimes: boolean): Choice<string> {
  const chosen: Partial<Record<Role, string>> = {};
  for (const role of ROLES) {
    const typed = typedFor(role, options);
    if (typed !== undefined) chosen[role] = columnTyped(typed, role, head);
  }
  let note: string | undefined;
  const free = () => head.names.filter((name) => !Object.values(chosen).includes(name));
  for (const role of ROLES) {
    if (chosen[role] !== undefined || options[`${role}Column`] === false || (role === 'time' && !wantsTimes)) continue;
    const usual = usualName(role, free());
    const first = usual === undefined ? undefined : head.first?.(usual);
    if (role === 'time' && first !== undefined && !isTime(first)) {
      note = `times are not read: ${quote(usual)} holds ${quote(first)} (--time-column insists)`;
    } else if (usual !== undefined) chosen[role] = usual;
  }
  // With two columns, the one that is left is the other.
  const [left, ...others] = free();
  if (head.names.length === 2 && others.length === 0 && (typedFor('user', options) ?? typedFor('item', options))) {
    if (chosen.user === undefined) chosen.user = left;
    if (chosen.item === undefined) chosen.item = left;
  }
  const { user, item, value, time } = chosen;
  if (user === undefined || item === undefined) throw unknownRoles(head, user, item);
  requireOwn({ user, item, value, time });
  return { columns: { user, item, value, time }, note };
}

/**
 * @param width how many columns there are.
 * @param layout what they are known to be, unless told otherwise.
 * @throws KindredError INVALID_ARGUMENT for columns that are no numbers from 1 to `width`.
 */
export function chooseByNumber(
  width: number,
  layout: Layout | undefined,
  options: ColumnOptions,
  wantsTimes: boolean,
): Choice<number> {
  const numberOf = (role: Role, otherwise: number | undefined) => {
    const typed = typedFor(role, options);
    if (typed === undefined) return otherwise;
    if (/^[1-9]\d*$/.test(typed) && Number(typed) <= width) return Number(typed) - 1;
    const expected = `without a header a column is a number, from 1 to ${width}`;
    throw refuse(`--${role}-column ${quote(typed)}: ${expected}`);
  };
  const isToldTimes = wantsTimes && options.timeColumn !== false;
  const columns = {
    user: numberOf('user', layout?.user ?? 0) as number,
    item: numberOf('item', layout?.item ?? 1) as number,
    value: numberOf('value', options.valueColumn === false ? undefined : layout?.value),
    time: numberOf('time', isToldTimes ? layout?.time : undefined),
  };
  if (columns.item >= width) throw refuse(`there is ${width} column; a user and an item are expected`);
  requireOwn(columns);
  return { columns };
}

/** Such as `user "userId", item "movieId", value "rating"`; numbers are from 1. */
export function describeColumns(columns: Columns, wantsTimes: boolean): string {
  const named = ROLES.filter((role) => columns[role] !== undefined).map((role) => {
    const column = columns[role];
    return `${role} ${typeof column === 'number' ? column + 1 : quote(column)}`;
  });
  if (columns.value === undefined) named.push('no value');
  if (columns.time === undefined && wantsTimes) named.push('no time');
  return named.join(', ');
}

/** The same for programs. */
export function columnsAsData(columns: Columns): Record<Role, string | number | null> {
  const data = (column: string | number | undefined) => (typeof column === 'number' ? column + 1 : (column ?? null));
  return { user: data(columns.user), item: data(columns.item), value: data(columns.value), time: data(columns.time) };
}

function columnTyped(typed: string, role: Role, { names, areNumbered }: Head): string {
  if (names.includes(typed)) return typed;
  const found = `The columns are: ${names.map(quote).join(', ')}.`;
  if (areNumbered && /^[1-9]\d*$/.test(typed)) {
    if (Number(typed) <= names.length) return names[Number(typed) - 1];
    throw refuse(`--${role}-column ${typed}: there are ${names.length} columns. ${found}`);
  }
  throw refuse(`There is no column ${quote(typed)}. ${found}`);
}

function unknownRoles({ names, advice }: Head, user: string | undefined, item: string | undefined): KindredError {
  const known = user === undefined ? item : user;
  const found = known === undefined ? '' : `${quote(known)} is the ${user === undefined ? 'item' : 'user'}, and `;
  const missing = known === undefined ? 'user and item' : user === undefined ? 'the user' : 'the item';
  const options = [user === undefined && '--user-column NAME', item === undefined && '--item-column NAME'];
  const columns = names.map(quote).join(', ');
  const how = options.filter(Boolean).join(' ');
  return refuse(`the columns are ${columns}: ${found}no usual name tells ${missing}; add ${how}${advice ?? ''}`);
}

function requireOwn(columns: Columns): void {
  for (const [n, role] of ROLES.entries()) {
    const other = ROLES.slice(0, n).find((each) => columns[each] !== undefined && columns[each] === columns[role]);
    if (other === undefined) continue;
    const column = columns[role];
    const shown = typeof column === 'number' ? column + 1 : quote(column);
    throw refuse(`column ${shown} cannot be both ${other} and ${role}`);
  }
}

/** Numbers, and what begins as ISO 8601 does: readers say more of what is wrong with one. */
function isTime(value: unknown): boolean {
  if (typeof value === 'number' || value instanceof Date) return true;
  return typeof value === 'string' && /^\s*(-?\d+([.,]\d+)?|\d{4}-\d\d-\d\d.*)\s*$/.test(value);
}

function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value);
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}

function refuse(message: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', message);
}
