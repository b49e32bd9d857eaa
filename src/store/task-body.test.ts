import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskRow } from '../../test/contract/fixtures.ts';
import { readTaskBody, taskBody } from './task-body.ts';

test('what was left out of a task is read as what it was when it was left out, for ever', () => {
  const plain = taskRow('run_a', 'x:1');
  const { id, run, step, kind, status, by, priority, assignee, token, leaseUntil, ...body } = plain;
  const text = JSON.stringify({ layer: body.layer, createdAt: body.createdAt });
  assert.equal(taskBody(plain), text);
  assert.deepEqual(readTaskBody(text), body);
});
