/** The process that run.js forks for one step. */
import { work } from './work.js';

process.once('message', async (job) => {
  const result = await work(job);
  process.send(result, () => process.exit());
});
