/** A training that is cancelled at any moment ends, keeps nothing of what it did, and lets the service go on. */
import { expect, it } from 'vitest';
import { serving } from './serving.js';

it('a training cancelled while it reads, and after', async () => {
  const s = await serving();
  await s.must('PUT', '/v1/models/factors', { kind: 'als', options: { factors: 4, iterations: 1 } });
  for (let part = 0; part < 2; part++) {
    const events = Array.from({ length: 10_000 }, (_, n) => ({
      user: `u${n % 300}`,
      item: `i${(n * 7 + part) % 100}`,
      type: 'view',
    }));
    await s.must('POST', '/v1/events/batch', { events });
  }
  for (const later of [0, 30]) {
    const { job } = await s.must('POST', '/v1/models/factors/train');
    while ((await s.must('GET', `/v1/jobs/${job}`)).phase === 'waiting') await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, later));
    const { state } = await s.must('DELETE', `/v1/jobs/${job}`);
    expect(['cancelled', 'done']).toContain(state);
  }
  const { job } = await s.must('POST', '/v1/models/factors/train');
  await s.idle();
  expect((await s.must('GET', `/v1/jobs/${job}`)).state).toBe('done');
});
