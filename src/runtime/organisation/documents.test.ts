import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memoryStore } from '../../store/memory/index.ts';
import { Documents } from './documents.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}
const open = (store = memoryStore()) => {
  const told: string[] = [];
  const documents = new Documents<Named>(
    store,
    'participant',
    (body) => body,
    ({ id, name }, before) => void told.push(`${id} ${before?.name ?? '-'} ${name}`),
  );
  return { store, documents, told };
};
const commit = (
  store: ReturnType<typeof memoryStore>,
  write: ReturnType<ReturnType<typeof open>['documents']['change']>,
) => store.commit([{ stream: 'organisation', expected: null, entries: [], documents: [write.write()] }]);

test('a page begins behind any id, whatever order they came in', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/)),
      fc.stringMatching(/^[a-z]{0,3}$/),
      (ids, after) => {
        const { documents } = open();
        for (const id of ids) documents.change(id, { id, name: id }).settle();
        const sorted = ids.toSorted();
        assert.deepEqual(
          [...documents.behind(undefined)].map(({ id }) => id),
          sorted,
        );
        assert.deepEqual(
          [...documents.behind(after)].map(({ id }) => id),
          sorted.filter((id) => id > after),
        );
      },
    ),
  );
});

test('what is on its way is decided on, and shown to nobody before it is durable', async () => {
  const { store, documents, told } = open();
  const first = documents.change('a', { id: 'a', name: 'one' });
  await commit(store, first);
  assert.equal(documents.get('a'), null);
  assert.equal(documents.latest('a')?.name, 'one');
  const second = documents.change('a', { id: 'a', name: 'two' });
  assert.equal(second.write().expected, 1);
  first.settle();
  assert.equal(documents.get('a')?.name, 'one');
  assert.equal(documents.latest('a')?.name, 'two');
  second.settle();
  assert.deepEqual(told, ['a - one', 'a one two']);
});

test('what never came to be is read again from the store', async () => {
  const { store, documents } = open();
  const lost = documents.change('a', { id: 'a', name: 'lost' });
  lost.write();
  lost.forget();
  assert.equal(documents.latest('a'), null);
  await commit(store, open(store).documents.change('a', { id: 'a', name: 'other' }));
  await documents.settled();
  assert.equal(documents.get('a')?.name, 'other');
  assert.equal(documents.settled(), null);
});
