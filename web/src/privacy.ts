/** Nothing leaves the device, and it can be seen: a policy of the browser, a counter, and an attempt that must fail. */

let closedAt = Number.POSITIVE_INFINITY;
let refused = 0;

const NO_CONNECTION = "connect-src 'none'";

/**
 * A worker that never could connect, whatever the page still loads: a script from memory has the policy of the document
 * that started it, and this one is an empty frame that forbids all connections.
 */
export async function workerWithoutNetwork(script: Uint8Array<ArrayBuffer>): Promise<Worker> {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${NO_CONNECTION}">`;
  await new Promise((resolve) => {
    frame.onload = resolve;
    document.body.append(frame);
  });
  const realm = frame.contentWindow as Window & typeof globalThis;
  return new realm.Worker(realm.URL.createObjectURL(new realm.Blob([script], { type: 'text/javascript' })));
}

/** From now on the browser refuses every connection of the page, and of workers that it starts after this. */
export function closeTheDoor(): void {
  const policy = document.createElement('meta');
  policy.httpEquiv = 'Content-Security-Policy';
  policy.content = NO_CONNECTION;
  document.head.append(policy);
  closedAt = performance.now();
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
    if (effectiveDirective === 'connect-src') refused++;
  });
}

export interface Traffic {
  /** Requests since the door was closed, by the browser's own count: files of the page itself, never data. */
  readonly sent: number;
  readonly refused: number;
}

export function traffic(): Traffic {
  const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  // What was begun after the door was closed and answered. A refused one may be listed too, with no answer.
  const sent = entries.filter(({ startTime, initiatorType, responseEnd }) => {
    return startTime > closedAt && responseEnd > 0 && (initiatorType === 'fetch' || initiatorType === 'xmlhttprequest');
  });
  return { sent: sent.filter(({ transferSize }) => transferSize > 0).length, refused };
}

/** Tries to send something to the page's own server. True if the browser refused. */
export async function tryToSend(): Promise<boolean> {
  try {
    await fetch('./?test-of-the-door', { method: 'POST', body: 'a test' });
    return false;
  } catch {
    return true;
  }
}
