import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holds } from '../../test/properties/settings.ts';
import { DEADLINE_LEAD_MS, MOST_AHEAD_MS, placeOf } from './queue-order.ts';

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
