/** Numbers of a Parquet file: bytes in order, and the structures of Thrift's compact protocol that stand before each page. */

/** Reads bytes one after the other, and never beyond the end. */
export class Cursor {
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#view.byteLength - this.at;
  }

  byte(): number {
    return this.#view.getUint8(this.#step(1));
  }

  uint32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  skip(bytes: number): void {
    this.#step(bytes);
  }

  /** An unsigned number of up to 64 bits; beyond 2^53 it is rounded. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number of more than 64 bits');
  }

  /** A signed number. */
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #step(bytes: number): number {
    const { at } = this;
    if (!(bytes >= 0 && bytes <= this.left)) throw new RangeError('it ends before its time');
    this.at += bytes;
    return at;
  }
}

/** What a structure says, by the numbers of its fields: numbers, flags as 0 and 1, and structures. All else is skipped. */
export type Struct = ReadonlyMap<number, number | Struct>;

const DEPTH_MAX = 16;

/** @throws RangeError for what is no structure. */
export function readStruct(cursor: Cursor, depth = 0): Struct {
  if (depth > DEPTH_MAX) throw new RangeError('structures in structures without end');
  const fields = new Map<number, number | Struct>();
  let id = 0;
  for (;;) {
    const head = cursor.byte();
    const type = head & 0x0f;
    if (type === 0) return fields;
    id = head >> 4 === 0 ? cursor.zigzag() : id + (head >> 4);
    const value = readValue(cursor, type, depth);
    if (value !== undefined) fields.set(id, value);
  }
}

function readValue(cursor: Cursor, type: number, depth: number): number | Struct | undefined {
  switch (type) {
    case 1:
    case 2:
      return type === 1 ? 1 : 0;
    case 3:
      return cursor.byte();
    case 4:
    case 5:
    case 6:
      return cursor.zigzag();
    case 7:
      cursor.skip(8);
      return undefined;
    case 8:
      cursor.skip(cursor.varint());
      return undefined;
    case 9:
      skipList(cursor, depth);
      return undefined;
    case 12:
      return readStruct(cursor, depth + 1);
    default:
      throw new RangeError(`a field of the unknown type ${type}`);
  }
}

function skipList(cursor: Cursor, depth: number): void {
  if (depth > DEPTH_MAX) throw new RangeError('lists in lists without end');
  const head = cursor.byte();
  const elements = head >> 4 === 15 ? cursor.varint() : head >> 4;
  const type = head & 0x0f;
  // Flags in lists take a byte each. So every element takes one at least, and what is left bounds the work.
  for (let n = 0; n < elements; n++) readValue(cursor, type <= 2 ? 3 : type, depth + 1);
}
