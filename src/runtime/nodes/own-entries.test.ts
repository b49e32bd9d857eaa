import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../engine/index.ts';
import { OwnEntries } from './own-entries.ts';

const event = { type: 'run.created' } as Event;

test('what this node has committed is taken once, and is another node’s before it is heard of', () => {
  const own = new OwnEntries();
  own.add('run_a', 1, event);
  assert.equal(own.take('run_a', 1), event);
  assert.equal(own.take('run_a', 1), null);
  assert.equal(own.take('run_a', 2), null);
});

test('what is followed before its commit is heard of is not kept, also where a turn began meanwhile', () => {
  const own = new OwnEntries();
  own.take('run_a', 1);
  own.add('run_a', 1, event);
  own.take('run_a', 2);
  own.turn();
  own.add('run_a', 2, event);
  assert.equal(own.size, 0);
});
