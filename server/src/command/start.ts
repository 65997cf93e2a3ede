/** Opens the store, fills it, listens; and ends without losing anything. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import pino from 'pino';
import { applyConfig } from '../config/apply.js';
import type { ReadConfig } from '../config/read.js';
import { type Reloaded, reloading } from '../config/reload.js';
import type { Config } from '../config/schema.js';
import { Refusal } from '../errors.js';
import { createApp, type RequestLine } from '../http/app.js';
import { Service } from '../live/service.js';
import { startSchedule } from '../models/schedule.js';
import { openStore } from '../store/open.js';
import { addExamples } from './examples.js';

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;
const HEADER_BYTES_MAX = 16 * 2 ** 10;
const HEADERS_MAX = 100;
const CONNECTIONS_MAX = 10_000;
/** For requests under way when the end is asked for. */
const DRAIN_MS = 10_000;

export interface Running {
  readonly address: string;
  /** Where the store is, in words: an address of a database may hold a password. */
  readonly place: string;
  readonly service: Service;
  readonly hasExamples: boolean;
  /** Reads the configuration again. @throws Refusal; then all is as it was */
  reload(): Promise<Reloaded>;
  /** Answers what is under way, writes the state of models, and closes the store. */
  stop(): Promise<void>;
}

/**
 * @param read the configuration as it is now; asked again when it is to be read again
 * @throws Refusal FORBIDDEN for an address other than loopback without keys; what the store and the system refuse
 */
export async function start(read: () => Promise<ReadConfig>): Promise<Running> {
  const { config, explain } = await read();
  const service = await Service.open(await openStore(config.database ?? config.folder));
  try {
    const isLocal = LOOPBACK.test(config.host);
    if (!isLocal && service.keys.size === 0) {
      const message = `${config.host} can be reached by others, and there is no key. Make one: kindred-server keys make${config.database === undefined ? ` --folder ${config.folder}` : ''}`;
      throw new Refusal('FORBIDDEN', message);
    }
    const hasExamples = config.examples && config.database === undefined && (await addExamples(service));
    await applyConfig(service, config).catch((error) => {
      throw error instanceof Refusal ? explain(error) : error;
    });
    const logger = pino({ level: config.log, base: undefined }, pino.destination({ dest: 2, sync: false }));
    const options = {
      keysNeeded: !isLocal,
      origins: config.origins,
      underWayMax: config.underWayMax,
      log: (line: RequestLine) => logRequest(logger, line),
    };
    const { server, address } = await listen(createApp(service, options).fetch, config);
    const endSchedule = startSchedule(service);
    const reload = reloading(service, config, read, ({ origins, underWayMax, log, requestSeconds }) => {
      Object.assign(options, { origins, underWayMax });
      logger.level = log;
      limitTime(server, requestSeconds);
    });
    service.reloadConfiguration = reload;
    const place = config.database === undefined ? `the folder ${config.folder}` : 'a database';
    return {
      address,
      place,
      service,
      hasExamples,
      reload,
      stop: () => stop(server, service, endSchedule),
    };
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
        keepAliveTimeout: 5000,
        // How often slow clients are looked for: Node's own 30 s would give each that much more.
        connectionsCheckingInterval: 500,
      },
    }) as Server;
    limitTime(server, requestSeconds);
    server.maxConnections = CONNECTIONS_MAX;
    server.maxHeadersCount = HEADERS_MAX;
    server.once('error', reject);
    server.once('listening', () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve({ server, address: `http://${host.includes(':') ? `[${host}]` : host}:${bound}` });
    });
  });
}

/** For headers, for a request as a whole, and for a client that neither sends nor reads. */
function limitTime(server: Server, requestSeconds: number): void {
  server.headersTimeout = Math.min(10, requestSeconds) * 1000;
  server.requestTimeout = requestSeconds * 1000;
  server.timeout = requestSeconds * 1000;
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
