/** What a clone would silently lose its methods by is refused, and told how to be sent. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { WordVectors } from '../src/embeddings/index.js';
import { VectorIndex } from '../src/index.js';
import { Interactions } from '../src/recommend/index.js';
import { data, MODELS } from './fixtures/models.js';

const OBJECTS: Record<string, () => object> = {
  VectorIndex: () => VectorIndex.from([[1, 0]], { backend: 'reference' }),
  Interactions: () => data,
  WordVectors: () => WordVectors.from(['a'], [[1, 0]], { backend: 'reference' }),
  ...Object.fromEntries(Object.entries(MODELS).map(([name, model]) => [name, () => model.fit(data, 'reference')])),
};

describe.each(Object.entries(OBJECTS))('%s', (_, make) => {
  it('is shown as what it is, without how clones are refused', () => {
    const object = make();
    expect(inspect({ deep: object })).toContain(`deep: ${object.constructor.name} {`);
    expect(inspect(object)).not.toContain('sendInstead');
  });

  it('is refused to `new` without anything', () => {
    const Class = make().constructor as new () => object;
    expect(() => new Class()).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('is neither cloned nor posted, and the error says what to send', () => {
    const object = make();
    expect(() => structuredClone(object)).toThrow(/send (its toBytes|their toParts|their toBytes)/);
    expect(() => structuredClone({ deep: [object] })).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    const { port1, port2 } = new MessageChannel();
    expect(() => port1.postMessage(object)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    port1.close();
    port2.close();
  });
});

it('what they give instead goes through', () => {
  const index = VectorIndex.from([[1, 0]], { ids: ['a'], backend: 'reference' });
  expect(VectorIndex.fromBytes(structuredClone(index.toBytes()), { backend: 'reference' }).ids()).toEqual(['a']);
  expect(Interactions.fromParts(structuredClone(data.toParts())).size).toBe(data.size);
});
