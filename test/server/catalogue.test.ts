/** What a namespace withholds, as time goes on and items change. */
import { expect, it } from 'vitest';
import { Catalogue } from '../../server/dist/live/catalogue.js';

const item = (name: string, about: { hidden?: boolean; expires?: number | null }) => {
  return { item: name, properties: {}, hidden: false, expires: null, ...about };
};

it('withholds an item from the moment when it expires, also where nothing else has changed', () => {
  const catalogue = new Catalogue();
  catalogue.put(item('hidden', { hidden: true }));
  catalogue.put(item('soon', { expires: 100 }));
  catalogue.put(item('later', { expires: 200 }));
  expect(catalogue.withheld(99)).toEqual(['hidden']);
  expect(catalogue.withheld(100)).toEqual(['hidden', 'soon']);
  expect(catalogue.withheld(199)).toEqual(['hidden', 'soon']);
  expect(catalogue.withheld(200)).toEqual(['hidden', 'soon', 'later']);
  catalogue.put(item('soon', { expires: 300 }));
  expect(catalogue.withheld(200)).toEqual(['hidden', 'later']);
  catalogue.delete('later');
  expect(catalogue.withheld(200)).toEqual(['hidden']);
});
