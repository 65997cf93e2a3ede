/** Events as lines: the short way to read one gives what the schema gives, and bytes may come in any pieces. */
import { describe, expect, it } from 'vitest';
import { readLines } from '../../server/dist/http/body.js';
import { EventInput, plainEvent } from '../../server/dist/schema/behaviour.js';

const both = { user: 'ann', item: 'go' };

describe('an event of the usual kind', () => {
  it.each([
    both,
    { ...both, type: 'buy', value: -0, time: 0 },
    { ...both, value: 1e9, time: -8.64e15, key: 'k-1', recommId: 'front.page' },
    { user: ' ~'.repeat(128), item: 'x', type: 'A'.repeat(64) },
  ])('is what the schema makes of it: %j', (given) => {
    expect(plainEvent(given)).toEqual(EventInput.parse(given));
  });

  it.each([
    [null],
    ['text'],
    [[]],
    [{ user: 'ann' }],
    [{ item: 'go' }],
    [{ ...both, user: 7 }],
    [{ ...both, user: '' }],
    [{ ...both, user: 'é' }],
    [{ ...both, item: 'a\n' }],
    [{ ...both, item: 'a'.repeat(257) }],
    [{ ...both, type: 'buy\n' }],
    [{ ...both, type: null }],
    [{ ...both, value: 0.5 }],
    [{ ...both, value: 1e9 + 1 }],
    [{ ...both, value: '1' }],
    [{ ...both, time: '2026-01-31T12:00:00Z' }],
    [{ ...both, time: 8.64e15 + 1 }],
    [{ ...both, key: 'a b' }],
    [{ ...both, more: 1 }],
    [{ ...both, toString: 1 }],
    [JSON.parse('{"user":"ann","item":"go","__proto__":1}')],
  ])('is no other, which the schema judges: %j', (given) => {
    expect(plainEvent(given)).toBeUndefined();
  });
});

describe('the lines of a stream', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  async function read(...pieces: Uint8Array[]): Promise<(string | Error)[]> {
    const body = new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/x-ndjson' };
    const request = new Request('http://localhost', { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
    const lines: (string | Error)[] = [];
    try {
      for await (const line of readLines(request)) lines.push(line);
    } catch (error) {
      lines.push(error as Error);
    }
    return lines;
  }

  it('are the same however the bytes come', async () => {
    const text = 'a\n\nbé\r\n\ufeffc\n€';
    const one = await read(bytes(text));
    expect(one).toEqual(['a', '', 'bé\r', 'c', '€']);
    expect(await read(...Array.from(bytes(text), (byte) => Uint8Array.of(byte)))).toEqual(one);
  });

  it('come up to one that is no UTF-8', async () => {
    const [first, second, refused, ...more] = await read(bytes('a\nb\n'), Uint8Array.of(0x63, 0x0a, 0xff, 0x0a, 0x64));
    expect([first, second, refused]).toEqual(['a', 'b', 'c']);
    expect(more).toEqual([expect.objectContaining({ code: 'INVALID_REQUEST' })]);
  });
});
