/** Fills an empty store with the examples of the repository: packages of Debian, and sections of documentation. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { readNpy } from 'kindred/io';
import { takeEvents } from '../behaviour/events.js';
import { defineIndex, putVectors } from '../indexes/operations.js';
import { defineScenario } from '../live/definitions.js';
import { DEFAULT_NAMESPACE, type Service } from '../live/service.js';
import { defineModel } from '../models/versions.js';
import { IndexInput } from '../schema/indexes.js';
import { ModelInput } from '../schema/models.js';
import { ScenarioInput } from '../schema/scenarios.js';

const FOLDER = fileURLToPath(new URL('../examples/', import.meta.url));
const AT_ONCE = 10_000;

/** @returns whether the store was empty and is filled now. */
export async function addExamples(service: Service): Promise<boolean> {
  const tenant = service.tenant(DEFAULT_NAMESPACE);
  const isEmpty = tenant.models.size === 0 && tenant.indexes.size === 0 && tenant.catalogue.size === 0;
  if (!isEmpty || !existsSync(FOLDER)) return false;
  await defineModel(service, tenant, 'packages', ModelInput.parse({ kind: 'item-knn' }));
  await defineScenario(service, tenant, 'packages', ScenarioInput.parse({ model: 'packages' }));
  const [, ...rows] = gunzipSync(readFileSync(`${FOLDER}interactions.csv.gz`))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const events = rows.slice(from, from + AT_ONCE).map((row) => {
      const [user, item] = row.split(',');
      return { user, item, type: 'depends', value: 1 };
    });
    await takeEvents(service, tenant, events);
  }
  await addDocuments(service);
  return true;
}

async function addDocuments(service: Service): Promise<void> {
  const tenant = service.tenant(DEFAULT_NAMESPACE);
  const { data, rows, dim } = readNpy(readFileSync(`${FOLDER}vectors.npy`));
  const titles = readFileSync(`${FOLDER}titles.tsv`, 'utf8').trimEnd().split('\n');
  const vectors = Array.from({ length: rows }, (_, row) => {
    const [, id, title] = titles[row].split('\t');
    return { id, vector: Array.from(data.subarray(row * dim, (row + 1) * dim)), properties: { title } };
  });
  await defineIndex(service, tenant, 'documents', IndexInput.parse({ dim }));
  await putVectors(service, tenant, 'documents', vectors);
}
