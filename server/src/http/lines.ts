/** Answers of many lines: written as the client reads them, so that they need no room at once. */

/** Characters of a piece at least. */
const PIECE = 64 * 1024;

export function linesAsBytes(lines: Iterable<object>): ReadableStream<Uint8Array> {
  const left = lines[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      pull(to) {
        let piece = '';
        while (piece.length < PIECE) {
          const { done, value } = left.next();
          if (!done) {
            piece += `${JSON.stringify(value)}\n`;
            continue;
          }
          if (piece !== '') to.enqueue(encoder.encode(piece));
          to.close();
          return;
        }
        to.enqueue(encoder.encode(piece));
      },
      cancel() {
        left.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
