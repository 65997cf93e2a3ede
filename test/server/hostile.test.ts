/** A client that means harm, on a bare socket: what no library for HTTP would send. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, start } from '../../server/dist/command/start.js';
import { readConfig } from '../../server/dist/config/read.js';
import { newFolder } from './serving.js';

let server: Running;
let port: number;
beforeAll(async () => {
  const flags = { folder: newFolder(), port: 0, examples: false, log: 'silent' } as const;
  server = await start(async () => {
    const { config, ...rest } = await readConfig(undefined, {}, flags);
    return { ...rest, config: { ...config, requestSeconds: 1 } };
  });
  port = Number(new URL(server.address).port);
});
afterAll(() => server.stop());

/** Sends bytes as they are, and gives back all that comes until the end. */
async function send(...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const answer: Buffer[] = [];
  socket.on('data', (piece) => answer.push(piece));
  socket.on('error', () => {});
  for (const piece of pieces) socket.write(piece);
  await once(socket, 'close');
  return Buffer.concat(answer).toString('latin1');
}
const head = (line: string, ...headers: string[]) =>
  [line, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n');
const JSON_TYPE = 'Content-Type: application/json';
const event = '{"user":"ann","item":"x"}';
const statuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

describe('shapes that hide one request in another', () => {
  it.each([
    ['two lengths', ['Content-Length: 5', 'Content-Length: 25'], event],
    [
      'a length and chunks',
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      '0\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n',
    ],
    ['chunks that are none', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
    ['chunks not last', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
    ['a negative length', ['Content-Length: -1'], event],
    ['a length with a sign', ['Content-Length: +25'], event],
    ['a length in hex', ['Content-Length: 0x19'], event],
    ['a space before the colon', ['Content-Length : 25'], event],
    ['a folded header', ['X-A: b', ' Content-Length: 25'], event],
    ['a chunk of a bad size', ['Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'],
    ['a header with a zero byte', ['X-A: b\0c'], ''],
  ])('%s is refused, and nothing behind it answered', async (_, headers, body) => {
    const answer = await send(head('POST /v1/events HTTP/1.1', JSON_TYPE, ...headers) + body);
    expect(statuses(answer)).toEqual([400]);
    expect(answer).not.toMatch(/hidden/);
  });

  it('pipelined requests are answered in order', async () => {
    const one = `POST /v1/events HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}\r\nContent-Length: ${event.length}\r\n\r\n${event}`;
    const answer = await send(one + one + head('GET /nowhere HTTP/1.1'));
    expect(statuses(answer)).toEqual([200, 200, 404]);
  });

  it.each([
    'GET http://evil.example/v1/items HTTP/1.1\r\nHost: evil.example',
    'GET /v1/items HTTP/1.1\r\nHost: evil.example',
    'GET /v1/items HTTP/1.1\r\nHost: localhost\r\nOrigin: null',
    'GET /v1/items HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost.evil.example',
    'GET /v1/items HTTP/1.1\r\nHost: localhost@evil.example',
    'GET /v1/items HTTP/1.1\r\nHost: 0x7f.1.evil.example',
  ])('%j is no way in', async (lines) => {
    const [status] = statuses(await send(`${lines}\r\nConnection: close\r\n\r\n`));
    expect([400, 403]).toContain(status);
  });

  it.each(['GET /v1/items HTTP/1.1\r\n', 'GET /v1/items HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n'])(
    '%j, with no host or two, is refused',
    async (lines) => {
      const [status] = statuses(await send(`${lines}Connection: close\r\n\r\n`));
      expect([400, 403]).toContain(status);
    },
  );
});

describe('bodies', () => {
  const post = async (type: string, body: Buffer | string, ...headers: string[]) => {
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    return statuses(await send(head('POST /v1/events HTTP/1.1', `Content-Type: ${type}`, length, ...headers), body))[0];
  };

  it('of another charset or packed are refused unread', async () => {
    expect(await post('application/json; charset=utf-8', event)).toBe(200);
    expect(await post('application/json; charset="UTF8"', event)).toBe(200);
    expect(await post('application/json; charset=utf-16le', Buffer.from(event, 'utf16le'))).toBe(415);
    expect(await post('application/json; charset=iso-8859-1', event)).toBe(415);
    const bomb = gzipSync(Buffer.alloc(20_000_000, 32));
    for (const coding of ['gzip', 'br', 'gzip, gzip']) {
      expect(await post('application/json', bomb, `Content-Encoding: ${coding}`)).toBe(415);
    }
    expect(await post('application/json', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).toBe(400);
  });

  it('longer than allowed are refused before they come', async () => {
    const answer = await send(head('POST /v1/events HTTP/1.1', JSON_TYPE, 'Content-Length: 999999999999'));
    expect(statuses(answer)).toEqual([413]);
  });
});

describe('slow and big clients', () => {
  it('headers beyond 16 KiB are refused', async () => {
    expect(statuses(await send(head('GET /healthz HTTP/1.1', `X-A: ${'a'.repeat(20_000)}`)))).toEqual([431]);
  });

  it('headers and bodies that never end are ended', async () => {
    const answers = await Promise.all([
      send('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: '),
      send(head('POST /v1/events HTTP/1.1', JSON_TYPE, 'Content-Length: 100'), '{'),
      send(head('POST /v1/events/lines HTTP/1.1', 'Content-Type: application/x-ndjson', 'Transfer-Encoding: chunked')),
      send(''),
    ]);
    for (const answer of answers) expect(statuses(answer).every((status) => status >= 400)).toBe(true);
    expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
  });
});

it.each(['__proto__', 'constructor', 'prototype'])('%s is a name like any other, or none', async (name) => {
  const ask = (method: string, path: string, body?: string) =>
    fetch(`${server.address}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
  const put = await ask('PUT', `/v1/items/${name}`, `{"properties": {"constructor": "a"}}`);
  expect(put.status).toBe(200);
  expect(((await (await ask('GET', `/v1/items/${name}`)).json()) as { item: string }).item).toBe(name);
  expect((await ask('PUT', '/v1/items/a', `{"properties": {"__proto__": {"hidden": true}}}`)).status).toBe(400);
  expect((await ask('PUT', '/v1/items/a', `{"__proto__": {"hidden": true}, "properties": {}}`)).status).toBe(400);
  expect((await ask('PUT', '/v1/items/a', `{"properties": {"\\u005f_proto__": 1}}`)).status).toBe(400);
  expect(({} as { hidden?: boolean }).hidden).toBeUndefined();
  for (const path of [`/v1/models/${name}`, `/v1/scenarios/${name}`, `/v1/indexes/${name}`, `/v1/jobs/${name}`]) {
    expect([400, 404]).toContain((await ask('GET', path)).status);
  }
});
