/** Opens the store, fills it, listens; and ends without losing anything. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import pino from 'pino';
import { applyConfig } from '../config/apply.js';
import type { Config } from '../config/schema.js';
import { Refusal } from '../errors.js';
import { createApp, type RequestLine } from '../http/app.js';
import { Service } from '../live/service.js';
import { startSchedule } from '../models/schedule.js';
import { openStore } from '../store/open.js';
import { addExamples } from './examples.js';

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;
const HEADER_BYTES_MAX = 16 * 2 ** 10;
const CONNECTIONS_MAX = 10_000;
/** For requests under way when the end is asked for. */
const DRAIN_MS = 10_000;

export interface Running {
  readonly address: string;
  readonly service: Service;
  readonly hasExamples: boolean;
  /** Answers what is under way, writes the state of models, and closes the store. */
  stop(): Promise<void>;
}

/** @throws Refusal FORBIDDEN for an address other than loopback without keys; what the store and the system refuse */
export async function start(config: Config): Promise<Running> {
  const service = await Service.open(await openStore(config.database ?? config.folder));
  try {
    const isLocal = LOOPBACK.test(config.host);
    if (!isLocal && service.keys.size === 0) {
      const message = `${config.host} can be reached by others, and there is no key. Make one: kindred-server keys make${config.database === undefined ? ` --folder ${config.folder}` : ''}`;
      throw new Refusal('FORBIDDEN', message);
    }
    const hasExamples = config.examples && config.database === undefined && (await addExamples(service));
    await applyConfig(service, config);
    const logger = pino({ level: config.log, base: undefined }, pino.destination({ dest: 2, sync: false }));
    const app = createApp(service, {
      keysNeeded: !isLocal,
      origins: config.origins,
      underWayMax: config.underWayMax,
      log: (line) => logRequest(logger, line),
    });
    const { server, address } = await listen(app.fetch, config);
    const endSchedule = startSchedule(service);
    return { address, service, hasExamples, stop: () => stop(server, service, endSchedule) };
  } catch (error) {
    await service.close();
    throw error;
  }
}

function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  config: Config,
): Promise<{ server: Server; address: string }> {
  const { host, port, requestSeconds } = config;
  return new Promise((resolve, reject) => {
    const server = serve({
      fetch,
      hostname: host,
      port,
      serverOptions: {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: Math.min(10, requestSeconds) * 1000,
        requestTimeout: requestSeconds * 1000,
        keepAliveTimeout: 5000,
      },
    }) as Server;
    server.maxConnections = CONNECTIONS_MAX;
    server.once('error', reject);
    server.once('listening', () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve({ server, address: `http://${host.includes(':') ? `[${host}]` : host}:${bound}` });
    });
  });
}

async function stop(server: Server, service: Service, endSchedule: () => void): Promise<void> {
  endSchedule();
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const patience = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(patience);
  await service.close();
}

function logRequest(logger: pino.Logger, { error, ...line }: RequestLine): void {
  if (error !== undefined) logger.error({ ...line, err: error }, 'failed');
  else logger.info(line, 'answered');
}
