import assert from 'node:assert/strict';
import { test } from 'node:test';
import { situation } from '../../test/routing-kit/organisation.ts';
import { person } from '../../test/routing-kit/person.ts';
import { Directory, route, workOf, type Situation } from './index.ts';

/** More than are shown one by one. */
const IDS = Array.from({ length: 30 }, (_, at) => `p${String(at).padStart(2, '0')}`);
const SHOWN = 20;

for (const strategy of ['best_fit', 'round_robin', 'shortest_queue'] as const)
  for (const requires of [[], ['read']])
    for (const forbidden of [null, () => null])
      test(`among many who are equal ids decide, whoever came first: ${strategy}, ${requires.length} asked for, ${forbidden === null ? 'at a glance' : 'one by one'}`, () => {
        for (const ids of [IDS, IDS.toReversed()]) {
          const directory = new Directory();
          for (const id of ids) directory.put(person(id, { capabilities: ['read'], capacity: 2 }));
          const none = { trackRecord: () => null, lastAssigned: () => null, forbidden };
          const work = workOf({ key: 'k', requires, strategy });
          const { choice, explanation } = route(directory, work, situation(none));
          assert.deepEqual(choice, { kind: 'assigned', to: 'p00' });
          assert.deepEqual(
            explanation.candidates.map(({ id }) => id),
            IDS.slice(0, SHOWN),
          );
        }
      });

test('an offer names those whom the work names, as long as they are all shown', () => {
  const directory = new Directory();
  for (const id of IDS) directory.put(person(id, { capabilities: ['read'] }));
  const offered = (from: readonly string[]) =>
    route(
      directory,
      workOf({ key: 'k', from, strategy: 'offer' }),
      situation({ trackRecord: () => null, forbidden: null }),
    ).choice;
  const few = IDS.slice(0, SHOWN);
  assert.deepEqual(offered(few), { kind: 'offered', to: few });
  assert.deepEqual(offered(IDS), { kind: 'offered', to: null }, 'all thirty, and not the first twenty');
});

test('whoever is meant stands first, and no more are shown than otherwise', () => {
  const directory = new Directory();
  for (const id of IDS) directory.put(person(id));
  const work = workOf({ key: 'k', preferred: 'p29' });
  const { explanation } = route(directory, work, situation({ trackRecord: () => null, forbidden: null }));
  assert.deepEqual(
    explanation.candidates.map(({ id }) => id),
    ['p29', ...IDS.slice(0, SHOWN - 1)],
  );
});

test('whose price is not known is taken to be as cheap as the others on average', () => {
  const directory = new Directory();
  for (const [id, amount] of [
    ['cheap', 1],
    ['dear', 100],
    ['unknown', null],
  ] as const) {
    const costRate = amount === null ? null : ({ amount, currency: 'EUR', per: 'task' } as const);
    directory.put(person(id, { costRate }));
  }
  const ask = situation({ trackRecord: () => null, forbidden: null });
  const { explanation } = route(directory, workOf({ key: 'k' }), ask);
  assert.deepEqual(
    explanation.candidates.map(({ id }) => id),
    ['cheap', 'unknown', 'dear'],
  );
});

test('what is early is for whoever is meant, however much they have', () => {
  const directory = new Directory();
  for (const id of IDS) directory.put(person(id, { capacity: 1 }));
  directory.noteOpen('p07', 1);
  const to = (when: 'early' | 'enabled') =>
    route(directory, workOf({ key: 'k', when, preferred: 'p07' }), situation({ forbidden: null })).choice;
  assert.deepEqual(to('early'), { kind: 'assigned', to: 'p07' });
  assert.notDeepEqual(to('enabled'), { kind: 'assigned', to: 'p07' });
});

/** All equal but for what each asks for a task. */
const priced = (prices: Readonly<Record<string, number>>, forbidden: Situation['forbidden']) => {
  const directory = new Directory();
  for (const id of IDS) {
    const amount = prices[id];
    const costRate = amount === undefined ? null : ({ amount, currency: 'EUR', per: 'task' } as const);
    directory.put(person(id, { costRate, capacity: 1 }));
  }
  const ask = (push: 'best_fit' | 'offer') =>
    route(
      directory,
      workOf({ key: 'k', strategy: push }),
      situation({ trackRecord: () => null, lastAssigned: () => null, forbidden }),
    );
  return { directory, ask };
};
const ALL_DEAR = Object.fromEntries(IDS.map((id) => [id, 100]));

for (const forbidden of [null, () => null]) {
  const how = forbidden === null ? 'at a glance' : 'one by one';
  test(`among more who are equal than are shown the cheapest is chosen, whatever its id: ${how}`, () => {
    const { directory, ask } = priced({ ...ALL_DEAR, p29: 1, p28: 2 }, forbidden);
    const { choice, explanation } = ask('best_fit');
    assert.deepEqual(choice, { kind: 'assigned', to: 'p29' });
    assert.deepEqual(
      explanation.candidates.map(({ id }) => id),
      ['p29', 'p28', ...IDS.slice(0, SHOWN - 2)],
    );
    directory.noteOpen('p29', 1);
    const full = ask('best_fit');
    assert.deepEqual(full.choice, { kind: 'assigned', to: 'p28' });
    assert.deepEqual(
      full.explanation.changes.filter(({ kind }) => kind === 'free').map(({ id }) => id),
      ['p29'],
      'who would have been chosen, were they free',
    );
  });

  test(`a price that can be compared with none decides nothing, nor does any where it is for whoever comes: ${how}`, () => {
    assert.deepEqual(priced({ p29: 1 }, forbidden).ask('best_fit').choice, { kind: 'assigned', to: 'p00' });
    const { candidates } = priced({ ...ALL_DEAR, p29: 1 }, forbidden).ask('offer').explanation;
    assert.deepEqual(
      candidates.map(({ id }) => id),
      IDS.slice(0, SHOWN),
    );
  });
}
