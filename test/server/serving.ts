/** A service in a folder of its own, asked in the process without a network. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type AppOptions, createApp, openStore, Service } from '../../server/dist/index.js';

const folders: string[] = [];
const services = new Set<Service>();

afterAll(async () => {
  for (const service of services) await service.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-server-'));
  folders.push(folder);
  return folder;
}

export interface Answer<T = Record<string, never>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
type Anything = any;

export interface Serving {
  readonly service: Service;
  readonly folder: string;
  /** Sends JSON, or bytes and texts as they are. */
  ask<T = Anything>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  /** As `ask`, of what must succeed. */
  must<T = Anything>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T>;
  /** Waits until no training runs. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export async function serving(options: AppOptions & { folder?: string } = {}): Promise<Serving> {
  const { folder = newFolder(), ...rest } = options;
  const service = await Service.open(await openStore(folder));
  services.add(service);
  const app = createApp(service, rest);
  const ask: Serving['ask'] = async (method, path, body, headers = {}) => {
    const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
    const answer = await app.request(path, {
      method,
      headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
      body: raw ? (body as string) : JSON.stringify(body),
    });
    const text = await answer.text();
    const isJson = /[/+]json\b/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    service,
    folder,
    ask,
    must: async (method, path, body, headers) => {
      const { status, body: answer } = await ask(method, path, body, headers);
      if (status >= 300) throw new Error(`${method} ${path} gave ${status}: ${JSON.stringify(answer)}`);
      return answer as never;
    },
    idle: async () => {
      for (const tenant of service.tenants.values()) {
        for (const { job } of service.jobs.list(tenant.name)) await service.jobs.wait(job);
      }
    },
    close: async () => {
      services.delete(service);
      await service.close();
    },
  };
}
