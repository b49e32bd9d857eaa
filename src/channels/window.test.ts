import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Parcel } from './parcel.ts';
import { isFull, isTooMany } from './window.ts';

const parcels = (many: number, to: string | null, attempts: number, untaken?: true): Parcel[] =>
  Array.from({ length: many }, (_, position) => ({
    position,
    type: 'run.created',
    to,
    attempts,
    due: 0,
    since: 0,
    error: null,
    ...(untaken && { untaken }),
  }));
const names = (many: number): string[] => Array.from({ length: many }, (_, at) => `passport_human_${at}`);

test('WINDOW-1 what was not tried yet counts, and so does what was not taken by a channel that was away, or by its only receiver', () => {
  for (const [to, attempts] of [
    ['passport_human_ann', 0],
    ['passport_human_ann', 1],
    [null, 0],
    [null, 1],
  ] as const) {
    assert.ok(!isFull(parcels(99, to, attempts)));
    assert.ok(isFull(parcels(100, to, attempts)));
  }
});

test('WINDOW-1 of what one receiver among several did not take a share counts', () => {
  const untaken = (many: number) => names(many).flatMap((to) => parcels(100, to, 1, true));
  assert.ok(!isFull(untaken(9)));
  assert.ok(!isFull([...untaken(9), ...parcels(9, 'passport_human_zoe', 0)]));
  assert.ok(isFull([...untaken(9), ...parcels(10, 'passport_human_zoe', 0)]));
  assert.ok(isFull(untaken(10)));
});

test('WINDOW-2 what is kept for a receiver is bounded, and stays kept', () => {
  const kept = parcels(100, 'passport_human_ann', 1, true);
  const [of] = parcels(1, 'passport_human_ann', 0);
  const next = { ...(of ?? assert.fail()), position: 100, attempts: 0 };
  assert.ok(isTooMany([...kept, next], next));
  assert.ok(kept.every((one) => !isTooMany([...kept, next], one)));
  assert.ok(!isTooMany(kept.slice(1), next));
  assert.ok(!isTooMany([...kept, next], { ...next, to: 'passport_human_bob' }));
  assert.ok(!isTooMany(parcels(200, null, 1, true), { ...next, to: null }));
});
