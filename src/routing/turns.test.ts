import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holds } from '../../test/properties/settings.ts';
import { Turns } from './turns.ts';

const MOST = 3;
const given = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('ann', 'bob')));

test('turns are kept of the keys that were given out last, and of no more', () => {
  const turns = new Turns(MOST);
  for (const key of ['a', 'b', 'c', 'a', 'd']) turns.given(key, 'ann');
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => turns.last(key, 'ann')),
    [4, null, 3, 5],
  );
  for (let n = 0; n < 20_000; n += 1) turns.given(`plan_${n}/p.s`, 'bob');
  assert.equal(turns.toJSON().last.length, MOST);
  assert.equal(turns.last('plan_19999/p.s', 'bob'), 20_005);
});

test('who goes on from what was saved comes to the same', (t) => {
  holds(t, 500, fc.tuple(given, given), ([before, after]) => {
    const turns = new Turns(MOST);
    for (const [key, who] of before) turns.given(key, who);
    const saved = Turns.fromJSON(turns.toJSON(), MOST);
    for (const [key, who] of after) for (const one of [turns, saved]) one.given(key, who);
    assert.deepEqual(saved.toJSON(), turns.toJSON());
  });
});

test('what was saved with all keys, in the order of their first turn, is read as if no more had been kept', (t) => {
  holds(t, 500, fc.tuple(given, given), ([before, after]) => {
    const [turns, all] = [new Turns(MOST), new Turns()];
    for (const [key, who] of before) for (const one of [turns, all]) one.given(key, who);
    const { count, last } = all.toJSON();
    const first = (key: string): number => before.findIndex(([other]) => other === key);
    const old = Turns.fromJSON({ count, last: last.toSorted(([a], [b]) => first(a) - first(b)) }, MOST);
    for (const [key, who] of after) for (const one of [turns, old]) one.given(key, who);
    assert.deepEqual(keysOf(old), keysOf(turns));
  });
});
const keysOf = (turns: Turns): string[] => turns.toJSON().last.map(([key]) => key);
