/** Serves in a process of its own: kindred-server, or an empty route of the same framework. Tells what it has spent. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const [folder, examples] = process.argv.slice(2);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

process.on('message', async (what) => {
  if (what === 'stop') {
    await stop();
    process.exit(0);
  }
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  process.send({ cpu: (user + system) / 1e6, rss, heapUsed, longestTurn: delay.max / 1e6 });
  delay.reset();
});

let stop;
if (folder === undefined) {
  const app = new Hono().get('/', (c) => c.json({ status: 'ok' }));
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send({ port }));
  stop = () => server.close();
} else {
  const { start } = await import('../../server/dist/command/start.js');
  const { Config } = await import('../../server/dist/config/schema.js');
  const config = Config.parse({ folder, port: 0, examples: examples === 'examples' });
  const running = await start(async () => ({ config, explain: (error) => error }));
  stop = () => running.stop();
  process.send({ port: Number(new URL(running.address).port) });
}
