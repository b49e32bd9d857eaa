import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holds } from '../../test/properties/settings.ts';
import { DEADLINE_LEAD_MS, MOST_AHEAD_MS, PACE_OF_PEOPLE, placeOf } from './queue-order.ts';

const MINUTE = 60_000;
const NOW = 1_800_000_000_000;
const place = (priority: number, createdAt: number, deadline: number | null = null): number =>
  placeOf({ priority, createdAt, deadline });

test('higher priority goes first, until the other has waited for long enough', () => {
  assert.ok(place(10, NOW) < place(1, NOW));
  assert.ok(place(10, NOW + 89 * MINUTE) < place(1, NOW));
  assert.ok(place(10, NOW + 91 * MINUTE) > place(1, NOW));
  assert.ok(place(5, NOW) < place(5, NOW + 1));
});

test('a deadline that comes near pulls ahead, and one that is far does not', () => {
  assert.equal(place(3, NOW, NOW + 10 * DEADLINE_LEAD_MS), place(3, NOW));
  const due = place(1, NOW, NOW + DEADLINE_LEAD_MS);
  assert.ok(due > place(10, NOW + 89 * MINUTE));
  assert.ok(place(1, NOW, NOW + 20 * MINUTE) < place(10, NOW));
  assert.ok(place(1, NOW, NOW + 20 * MINUTE) < place(1, NOW, NOW + 30 * MINUTE));
});

test('the first deadline counts whose clock runs', () => {
  const due = (...deadlines: [number, number | null][]) =>
    placeOf({
      priority: 1,
      createdAt: NOW,
      deadline: NOW + 60 * MINUTE,
      deadlines: deadlines.map(([at, stopped]) => ({ due: at, stopped })),
    });
  assert.equal(due(), place(1, NOW, NOW + 60 * MINUTE));
  assert.equal(due([NOW + 30 * MINUTE, null], [NOW + 90 * MINUTE, null]), place(1, NOW, NOW + 30 * MINUTE));
  assert.equal(due([NOW + 30 * MINUTE, NOW]), due());
});

test('people go at another pace: a step of priority is eight hours, and days are not yet pressing', () => {
  const slow = (priority: number, createdAt: number, deadline: number | null = null): number =>
    placeOf({ priority, createdAt, deadline }, PACE_OF_PEOPLE);
  const HOUR = 60 * MINUTE;
  assert.ok(slow(5, NOW + 7 * HOUR) < slow(4, NOW) && slow(5, NOW + 9 * HOUR) > slow(4, NOW));
  assert.equal(slow(3, NOW, NOW + 96 * HOUR), slow(3, NOW));
  assert.ok(slow(1, NOW, NOW + 20 * HOUR) < slow(10, NOW));
});

test('ORDER-2: whatever comes in later than the most that can be gained stands behind', (t) => {
  const task = fc.record({
    priority: fc.integer({ min: 1, max: 10 }),
    createdAt: fc.integer({ min: NOW, max: NOW + 1e9 }),
    deadline: fc.option(fc.integer({ min: 0, max: NOW + 2e9 })),
  });
  holds(t, 2000, fc.tuple(task, task), ([a, b]) => {
    assert.ok(placeOf(a) <= a.createdAt && placeOf(a) >= a.createdAt - MOST_AHEAD_MS);
    if (b.createdAt > a.createdAt + MOST_AHEAD_MS) assert.ok(placeOf(b) > placeOf(a));
  });
});
