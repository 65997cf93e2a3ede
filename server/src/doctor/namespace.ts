/** What can be wrong in a namespace: definitions, events, models, scenarios, indexes. */
import { modelsOf } from '../scenarios/split.js';
import { IndexInput } from '../schema/indexes.js';
import { ModelInput } from '../schema/models.js';
import { ScenarioInput } from '../schema/scenarios.js';
import type { AsyncReads, ModelVersion } from '../store/contract.js';
import type { Finding } from './finding.js';

/** Events that are counted one by one at most. */
const COUNT_MAX = 100_000;

type Counts = ReadonlyMap<string, number>;

/** What one definition of a model comes to. */
interface ModelState {
  readonly definition: ModelInput;
  readonly version: ModelVersion | undefined;
  /** What keeps it from answering with more than what is popular; undefined if nothing does. */
  readonly mute: string | undefined;
}

export async function examineNamespace(reads: AsyncReads, namespace: string, now: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  const add = (level: Finding['level'], what: string, says: string, remedy: string) =>
    findings.push({ level, about: `${what} (${namespace})`, says, remedy });
  const definitions = await reads.definitions(namespace);
  const counts: Counts = new Map((await reads.countEvents(namespace)).map(({ type, events }) => [type, events]));
  const parsed = <T>(thing: string, schema: { safeParse(body: unknown): { success: boolean; data?: T } }) =>
    definitions
      .filter((each) => each.thing === thing)
      .flatMap(({ name, body }): [string, T][] => {
        const { success, data } = schema.safeParse(body);
        if (success) return [[name, data as T]];
        add(
          'wrong',
          `${thing} ${name}`,
          'This kindred-server cannot read its definition.',
          `Put it anew: PUT /v1/${plural(thing)}/${name}.`,
        );
        return [];
      });

  const models = new Map<string, ModelState>();
  for (const [name, definition] of parsed<ModelInput>('model', ModelInput)) {
    const version = (await reads.versions(namespace, name)).find(({ active }) => active);
    models.set(name, { definition, version, mute: whyMute(definition, version, counts) });
  }
  for (const [name, state] of models) await examineModel(name, state);
  for (const [name, scenario] of parsed<ScenarioInput>('scenario', ScenarioInput)) examineScenario(name, scenario);
  for (const [name, index] of parsed<IndexInput>('index', IndexInput)) await examineIndex(name, index);
  examineEvents();
  return findings;

  async function examineModel(name: string, { definition, version, mute }: ModelState): Promise<void> {
    const missing = missingTypes(definition, counts);
    if (mute !== undefined) {
      const remedy =
        isTrainedOnly(definition) && total(counts) > 0 && missing.length === 0
          ? `Train it: POST /v1/models/${name}/train.`
          : remedyOfTypes(name, definition, counts);
      add('wrong', `model ${name}`, `It has nothing to answer with, because ${mute}.`, remedy);
    } else if (missing.length > 0) {
      add(
        'wrong',
        `model ${name}`,
        `It counts events of type ${missing.join(', ')}, of which there are 0.`,
        remedyOfTypes(name, definition, counts),
      );
    }
    const { retrain } = definition;
    if (version === undefined || !isTrainedOnly(definition)) return;
    const later = await countLater(version.asOf);
    const age = (now - version.trainedAt) / 1000;
    const { everySeconds, everyEvents } = retrain ?? {};
    const isLate = everySeconds !== undefined && later > 0 && age > 2 * everySeconds;
    const isBehind = everyEvents !== undefined && later > 2 * everyEvents;
    if (isLate || isBehind) {
      add(
        'wrong',
        `model ${name}`,
        `Its schedule is behind: ${later} events came since the last training, ${Math.round(age)} seconds ago.`,
        `See why trainings fail or do not begin: GET /v1/jobs, and whether the server runs.`,
      );
    } else if (retrain === undefined && later > total(counts) / 5) {
      add(
        'note',
        `model ${name}`,
        `${later} of ${total(counts)} events came after its training, and no schedule trains it.`,
        `Train it: POST /v1/models/${name}/train, or put it with "retrain".`,
      );
    }
  }

  function examineScenario(name: string, scenario: ScenarioInput): void {
    for (const model of new Set(modelsOf(scenario))) {
      const state = models.get(model);
      if (state === undefined) {
        add(
          'wrong',
          `scenario ${name}`,
          `It asks the model ${model}, which is not there.`,
          `Put the model, or the scenario with another: PUT /v1/models/${model}.`,
        );
      } else if (state.mute !== undefined) {
        const answer = scenario.fallback === 'popular' ? 'at best what is popular' : 'nothing';
        add('wrong', `scenario ${name}`, `It answers with ${answer}, because ${state.mute}.`, `See model ${model}.`);
      }
    }
  }

  async function examineIndex(name: string, { dim }: IndexInput): Promise<void> {
    const [first] = await reads.vectors(namespace, name, { limit: 1 });
    if (first === undefined) {
      add('note', `index ${name}`, 'It is empty.', `Put vectors: PUT /v1/indexes/${name}/vectors.`);
    } else if (first.vector.length !== dim) {
      add(
        'wrong',
        `index ${name}`,
        `Its vectors have ${first.vector.length} numbers, and its definition says ${dim}.`,
        `Delete it and put it anew with its vectors: DELETE /v1/indexes/${name}.`,
      );
    }
  }

  function examineEvents(): void {
    if (models.size > 0 && total(counts) === 0) {
      add('note', 'events', 'There are none, so no model has learned.', 'Send them: POST /v1/events.');
    }
    const used = [...models.values()].map(({ definition }) => definition.events);
    if (models.size === 0 || used.includes(undefined)) return;
    const idle = [...counts].filter(([type]) => !used.some((events) => events && Object.hasOwn(events, type)));
    for (const [type, n] of idle) {
      add(
        'note',
        'events',
        `${n} events of type ${type} count for no model.`,
        `Name the type in the "events" of a model, or do not send it.`,
      );
    }
  }

  /** Events after a write, so far as they decide anything. */
  async function countLater(after: number): Promise<number> {
    let later = 0;
    for (let from = after, isWhole = false; !isWhole && later < COUNT_MAX; ) {
      const page = await reads.events(namespace, { after: from, limit: 5000 });
      later += page.length;
      from = page.at(-1)?.seq ?? from;
      isWhole = page.length < 5000;
    }
    return later;
  }
}

function whyMute(definition: ModelInput, version: ModelVersion | undefined, counts: Counts): string | undefined {
  const { events } = definition;
  if (total(counts) === 0) return 'it has 0 events';
  if (events !== undefined && !Object.keys(events).some((type) => (counts.get(type) ?? 0) > 0)) {
    return `it has 0 events of type ${Object.keys(events).join(', ') || '(none is named)'}`;
  }
  return isTrainedOnly(definition) && version === undefined ? 'it has never been trained' : undefined;
}

function missingTypes({ events = {} }: ModelInput, counts: Counts): string[] {
  return Object.keys(events).filter((type) => (counts.get(type) ?? 0) === 0);
}

function remedyOfTypes(name: string, { events }: ModelInput, counts: Counts): string {
  if (events === undefined || counts.size === 0) return 'Send events: POST /v1/events.';
  const there = [...counts].map(([type, n]) => `${type} (${n})`).join(', ');
  return `Send such events, or put the model with types that come: ${there}. PUT /v1/models/${name}.`;
}

/** Kinds that take in no events by themselves. */
function isTrainedOnly({ kind }: ModelInput): boolean {
  return kind === 'ease' || kind === 'als' || kind === 'mixture';
}

function total(counts: Counts): number {
  return [...counts.values()].reduce((sum, n) => sum + n, 0);
}

function plural(thing: string): string {
  return thing === 'index' ? 'indexes' : `${thing}s`;
}
