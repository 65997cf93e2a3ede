/** Asks a server on loopback as fast as it answers: raw sockets, so that the client costs little beside it. */
import { connect } from 'node:net';

/** The bytes of a request. */
export function request(method, path, body, type = 'application/json') {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const about = body === undefined ? '' : `content-type: ${type}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${about}\r\n${text}`);
}

/**
 * @param {number} port
 * @param {(n: number) => Buffer} requestOf the n-th request
 * @param {object} how `clients` connections for `seconds`; with `rate`, that many requests a second in all, and a request
 *   is late from the moment when it was due
 * @returns {Promise<{ requests: number, failed: number, seconds: number, p50: number, p99: number, worst: number }>}
 *   times of requests in milliseconds
 */
export async function load(port, requestOf, { clients, seconds, rate = 0 }) {
  const times = [];
  let [sent, failed] = [0, 0];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  const one = async () => {
    const ask = await connection(port);
    for (;;) {
      const n = sent++;
      const due = rate > 0 ? begun + (n * 1000) / rate : performance.now();
      if (due >= end) break;
      if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      const { status } = await ask(requestOf(n));
      if (status >= 300) failed++;
      times.push(performance.now() - due);
    }
    ask.close();
  };
  await Promise.all(Array.from({ length: clients }, one));
  const sorted = Float64Array.from(times).sort();
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  const took = (performance.now() - begun) / 1000;
  return { requests: times.length, failed, seconds: took, p50: at(0.5), p99: at(0.99), worst: at(1) };
}

/** One answer. @throws Error for a status that is no success */
export async function must(port, method, path, body, type) {
  const ask = await connection(port);
  const { status, text } = await ask(request(method, path, body, type));
  ask.close();
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  return JSON.parse(text);
}

/** A connection that asks one thing at a time. */
export async function connection(port) {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  let [waiting, rest] = [undefined, Buffer.alloc(0)];
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', (error) => waiting?.reject(error));
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')));
  socket.on('data', (piece) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const head = rest.indexOf('\r\n\r\n');
    if (head < 0) return;
    const lines = rest.latin1Slice(0, head);
    const length = /content-length: *(\d+)/i.exec(lines);
    if (length === null) {
      waiting?.reject(new Error(`an answer without a length: ${lines}`));
      return;
    }
    const from = head + 4;
    const to = from + Number(length[1]);
    if (rest.length < to) return;
    const answer = { status: Number(lines.slice(9, 12)), text: rest.utf8Slice(from, to) };
    rest = rest.subarray(to);
    const { resolve } = waiting;
    waiting = undefined;
    resolve(answer);
  });
  const ask = (bytes) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      socket.write(bytes);
    });
  ask.close = () => {
    waiting = undefined;
    socket.destroy();
  };
  return ask;
}
