/** Tables as Parquet: properties and definitions as JSON, vectors as lists of floats. */
import type { SchemaElement } from 'hyparquet';
import { Refusal } from '../errors.js';
import { COLUMNS, type Plain, type TableName } from './tables.js';

const STRETCH = 5000;

export async function writeParquet(path: string, table: TableName, pages: AsyncIterable<Plain[]>): Promise<number> {
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer');
  const columns = Object.entries(COLUMNS[table]);
  const writer = new ParquetWriter({ writer: fileWriter(path), schema: schemaOf(table) });
  let rows = 0;
  for await (const page of pages) {
    rows += page.length;
    writer.write({
      columnData: columns.map(([name, type]) => ({ name, data: page.map((row) => cellOf(row[name], type)) })),
      rowGroupSize: STRETCH,
    });
  }
  writer.finish();
  return rows;
}

/** Each row with its number, from 1. @throws Refusal INVALID_REQUEST for a file that is none */
export async function* readParquet(path: string): AsyncGenerator<{ number: number; value: unknown }> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    for (let rowStart = 0; rowStart < Number(metadata.num_rows); rowStart += STRETCH) {
      const rows = await parquetReadObjects({ file, metadata, rowStart, rowEnd: rowStart + STRETCH });
      for (const [n, row] of rows.entries()) yield { number: rowStart + n + 1, value: plainOf(row) };
    }
  } catch (error) {
    throw new Refusal('INVALID_REQUEST', `${path} is no Parquet that can be read: ${(error as Error).message}`);
  }
}

function schemaOf(table: TableName): SchemaElement[] {
  const columns = Object.entries(COLUMNS[table]);
  const schema: SchemaElement[] = [{ name: 'root', num_children: columns.length }];
  for (const [name, type] of columns) {
    const repetition_type = 'OPTIONAL' as const;
    if (type === 'FLOATS') {
      schema.push({ name, repetition_type, num_children: 1, converted_type: 'LIST' });
      schema.push({ name: 'list', repetition_type: 'REPEATED', num_children: 1 });
      schema.push({ name: 'element', repetition_type: 'REQUIRED', type: 'FLOAT' });
    } else if (type === 'STRING' || type === 'JSON') {
      schema.push({ name, repetition_type, type: 'BYTE_ARRAY', converted_type: type === 'JSON' ? 'JSON' : 'UTF8' });
    } else schema.push({ name, repetition_type, type });
  }
  return schema;
}

function cellOf(value: unknown, type: string): unknown {
  if (value === undefined || value === null) return null;
  if (type === 'INT64') return BigInt(value as number);
  if (type === 'FLOATS') return Array.from(value as Float32Array);
  return value;
}

/** What other programs write differs: whole numbers of 64 bits, moments, JSON as text, nulls for what is not there. */
function plainOf(row: Record<string, unknown>): Plain {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'bigint') plain[name] = Number(value);
    else if (value instanceof Date) plain[name] = value.getTime();
    else if (ArrayBuffer.isView(value)) plain[name] = Array.from(value as unknown as ArrayLike<number>);
    else if (typeof value === 'string' && /^(properties|body)$/.test(name)) plain[name] = parsed(value);
    else plain[name] = value;
  }
  return plain;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
