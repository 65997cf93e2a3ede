/** Routes of jobs. */
import { z } from 'zod';
import { ResultLine } from '../../schema/indexes.js';
import { Job, JobLog } from '../../schema/jobs.js';
import { type Route, route, routeOfLines } from '../route.js';

const OfJob = z.object({ job: z.string().max(64) });

export const JOBS: readonly Route[] = [
  route({
    name: 'listJobs',
    method: 'get',
    path: '/v1/jobs',
    scope: 'read',
    summary: 'Lists jobs: trainings, evaluations, graphs and pairs of indexes',
    answer: z.object({ jobs: z.array(Job) }),
    example: {},
    act: ({ service, tenant }) => ({ jobs: service.jobs.list(tenant.name) }),
  }),
  route({
    name: 'getJob',
    method: 'get',
    path: '/v1/jobs/{job}',
    scope: 'read',
    summary: 'Tells how far a job is, and what came of it',
    params: OfJob,
    answer: Job,
    example: { params: { job: '{job}' } },
    act: ({ service, tenant, params }) => service.jobs.get(tenant.name, params.job),
  }),
  route({
    name: 'getJobLog',
    method: 'get',
    path: '/v1/jobs/{job}/log',
    scope: 'read',
    summary: 'Tells what happened in a job, with times',
    params: OfJob,
    answer: JobLog,
    example: { params: { job: '{job}' } },
    act: ({ service, tenant, params }) => service.jobs.log(tenant.name, params.job),
  }),
  routeOfLines({
    name: 'getJobResult',
    method: 'get',
    path: '/v1/jobs/{job}/result',
    scope: 'read',
    summary: 'Reads a neighbour graph or near-duplicates, one JSON object a line',
    detail: 'Results are kept in memory, and go when later ones need the room, or with the process.',
    params: OfJob,
    answer: ResultLine,
    example: { params: { job: '{job}' } },
    act: ({ service, tenant, params }) =>
      service.jobs.lines(tenant.name, params.job) as Iterable<z.output<typeof ResultLine>>,
  }),
  route({
    name: 'cancelJob',
    method: 'delete',
    path: '/v1/jobs/{job}',
    scope: 'admin',
    summary: 'Ends a job',
    params: OfJob,
    answer: Job,
    example: { params: { job: '{job}' } },
    act: ({ service, tenant, params }) => service.jobs.cancel(tenant.name, params.job),
  }),
];
