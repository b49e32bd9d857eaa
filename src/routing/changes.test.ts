import assert from 'node:assert/strict';
import { test } from 'node:test';
import { situation } from '../../test/routing-kit/organisation.ts';
import { person } from '../../test/routing-kit/person.ts';
import { claimOf, Directory, route, workOf, type Passport } from './index.ts';

const EXPENSIVE = 100;
const CHEAP = 1;
/** Who has a level of `read`, and costs so much for each task. */
const passport = (id: string, level: number, amount: number): Passport =>
  person(id, {
    claims: [claimOf({ capability: 'read', level })],
    capacity: 1000,
    costRate: { amount, currency: 'EUR', per: 'task' },
  });

/** Who gets it, and who is said to have got it but for something that passes. The first of them is full, and then is not. */
const told = (full: Passport, ...others: Passport[]) => {
  const directory = new Directory();
  for (const one of [full, ...others]) directory.put(one);
  const work = workOf({ key: 'k', requires: ['read'] });
  const ask = () => route(directory, work, situation({ trackRecord: () => null, forbidden: null }));
  directory.noteOpen(full.id, full.capacity);
  const { choice, explanation } = ask();
  directory.noteOpen(full.id, full.capacity - 1);
  const { choice: then } = ask();
  return {
    choice,
    changes: explanation.changes.filter(({ kind }) => kind === 'free').map(({ id }) => id),
    then,
  };
};
const to = (id: string) => ({ kind: 'assigned', to: id });

test('whoever would have had the highest score, but is dear, is not said to have been chosen where cost decides', () => {
  const full = { ...passport('x', 1, EXPENSIVE), capacity: 2 };
  assert.deepEqual(told(full, passport('a', 0.6, CHEAP), passport('b', 0.62, EXPENSIVE)), {
    choice: to('a'),
    changes: [],
    then: to('a'),
  });
});

test('whoever would have been chosen for being cheap is said to have been', () => {
  const full = { ...passport('x', 0.95, CHEAP), capacity: 2 };
  assert.deepEqual(told(full, passport('a', 0.7, EXPENSIVE), passport('b', 0.68, EXPENSIVE)), {
    choice: to('a'),
    changes: ['x'],
    then: to('x'),
  });
});
