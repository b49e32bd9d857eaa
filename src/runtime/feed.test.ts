import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeBuilder } from './change.ts';
import { bySystem } from './authority.ts';
import { EMPTY_HEAD } from './entries.ts';
import { Feed } from './feed.ts';

test('a listener that throws is reported, and the others hear of the entries all the same', () => {
  const faults: unknown[] = [];
  const feed = new Feed((fault) => faults.push(fault));
  const heard: (number | null)[] = [];
  feed.subscribe(() => {
    throw new Error('mine');
  });
  feed.subscribe((entries) => heard.push(...entries.map(({ position }) => position)));
  const change = new ChangeBuilder('s', EMPTY_HEAD, () => new Uint8Array(32));
  const event = { type: 'a', version: 1, at: 0, by: bySystem('test'), layer: 'record', data: {} } as const;
  change.append(event);
  change.append(event);
  feed.publish([{ change, position: 7 }]);
  feed.publish([{ change, position: null }]);
  assert.deepEqual(heard, [7, 8, null, null]);
  assert.equal(faults.length, 2);
});
