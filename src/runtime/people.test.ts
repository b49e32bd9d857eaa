import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openingHours, type OpeningHours } from '../routing/index.ts';
import { peopleOf } from './people.ts';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);
const hours = (zone: string, days: readonly number[]): OpeningHours =>
  openingHours({ zone, weekly: [{ days, from: '09:00', to: '17:00' }], holidays: [] });

const OWN: Readonly<Record<string, OpeningHours>> = {
  far: hours('America/Los_Angeles', [1, 2, 3, 4, 5]),
  never: hours('UTC', []),
};
const of = (opening: OpeningHours) =>
  peopleOf({
    directory: { member: (id: string) => ({ hours: OWN[id] ?? null }) },
    calendar: { opening },
  } as unknown as Parameters<typeof peopleOf>[0]);

test('working time is measured in the hours in which it is counted', () => {
  const from = at('2026-01-05T09:30:00Z');
  const office = of(hours('UTC', [1, 2, 3, 4, 5]));
  const closed = of(hours('UTC', []));
  for (const [people, who] of [
    [office, null],
    [office, 'far'],
    [office, 'never'],
    [office, 'nobody'],
    [closed, 'far'],
    [closed, 'never'],
  ] as const) {
    const due = people.afterWork(from, 8 * HOUR, who);
    assert.equal(people.workBetween(from, due, who), 8 * HOUR, `${who}`);
    assert.equal(people.workBetween(due, from, who), 0, 'what is over has nothing left');
  }
  assert.equal(office.workBetween(from, at('2026-01-05T17:00:00Z'), null), 7.5 * HOUR);
});
