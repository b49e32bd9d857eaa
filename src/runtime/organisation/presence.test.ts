import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StillClock } from '../../../test/e2e/http-testbed.ts';
import { PRESENT_MS, Presence } from './presence.ts';

test('whoever is not heard of for a while is not present, and both are told once', () => {
  const clock = new StillClock();
  const told: string[] = [];
  const presence = new Presence(
    clock,
    (id) => void told.push(`${id} ${presence.isPresent(id) ? 'here' : 'gone'}`),
  );
  assert.equal(presence.lastSeenAt('a'), null);
  presence.seen('a');
  clock.move(PRESENT_MS / 2);
  presence.seen('a');
  presence.seen('b');
  clock.move(PRESENT_MS / 2);
  assert.deepEqual([presence.isPresent('a'), told], [true, ['a here', 'b here']]);
  const seen = presence.lastSeenAt('a');
  clock.move(PRESENT_MS);
  assert.deepEqual(told, ['a here', 'b here', 'a gone', 'b gone']);
  assert.deepEqual([presence.isPresent('a'), presence.lastSeenAt('a')], [false, seen]);
  presence.seen('a');
  assert.deepEqual(told.at(-1), 'a here');
  presence.stop();
});
