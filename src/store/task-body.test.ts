import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTaskBody, taskBody } from './task-body.ts';

test('what was left out of a task is read as what it was when it was left out, for ever', () => {
  const text = '{"layer":"execute","createdAt":1}';
  const read = readTaskBody(text);
  assert.deepEqual(read, {
    layer: 'execute',
    createdAt: 1,
    slot: 0,
    round: 1,
    attempt: 1,
    description: null,
    requires: [],
    from: [],
    level: null,
    safety: 'reversible',
    excluded: [],
    separate: [],
    offeredTo: null,
    routed: 0,
    deadline: null,
    input: null,
    output: null,
    failure: null,
    reason: null,
    skippable: false,
    losses: 0,
    progress: null,
    usage: { tokens: 0, cost: 0 },
    approval: null,
    rules: null,
    activateAt: null,
    deadlines: [],
    suspension: null,
    notes: null,
    help: [],
    passed: [],
    predone: false,
    timed: 0,
    startedAt: null,
    endedAt: null,
  });
  assert.equal(taskBody(read as unknown as Parameters<typeof taskBody>[0]), text);
});
