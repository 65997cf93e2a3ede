/** Looks at all that can be wrong: of a store alone, or of a service that runs. */
import { dirname } from 'node:path';
import type { Service } from '../live/service.js';
import type { AsyncReads } from '../store/contract.js';
import { type Finding, sorted } from './finding.js';
import { examineKeys } from './keys.js';
import { examineMachine } from './machine.js';
import { examineNamespace } from './namespace.js';
import { examineService } from './service.js';

/** @param folder where the store is, if it is in one */
export async function examineStore(
  reads: AsyncReads,
  folder: string | undefined,
  now = Date.now(),
): Promise<Finding[]> {
  const findings = folder === undefined ? [] : await examineMachine(folder);
  findings.push(...examineKeys(await reads.keys(), now));
  for (const namespace of await reads.namespaces()) findings.push(...(await examineNamespace(reads, namespace, now)));
  return sorted(findings);
}

export async function examine(service: Service, now = Date.now()): Promise<Finding[]> {
  const { location } = service.store;
  const folder = location.includes('://') ? undefined : dirname(location);
  const ofStore = await examineStore(service.store, folder, now).catch((error: Error): Finding[] => [
    {
      level: 'wrong',
      about: 'store',
      says: `It cannot be read: ${error.message}`,
      remedy:
        'See the disk or the database it is on. Answers from memory go on, and it is tried again without a restart.',
    },
  ]);
  return sorted([...ofStore, ...examineService(service)]);
}
