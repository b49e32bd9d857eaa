import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventView, RunView } from '../client/index.ts';
import { eventLine, progressOf } from './progress.ts';

test('that work is sent back is told with the reason, and without one that is hidden', () => {
  const line = (payload: object) => eventLine({ type: 'run.redone', actor: 'hidden', payload } as EventView);
  assert.equal(line({ by: 'sign', feedback: 'Too much' }), 'sent back by sign: "Too much"');
  assert.equal(line({ by: 'sign', feedback: null, hidden: true }), 'sent back by sign');
});

test('it is told who has a run end that is undone first, and not that it has ended then', () => {
  const line = (type: string, payload: object, actor = 'mia') =>
    eventLine({ type, actor, payload } as unknown as EventView);
  const cancelled = { status: 'cancelled', reason: 'gone' };
  assert.equal(line('run.closing', { end: cancelled }), 'is being cancelled by mia: gone');
  assert.equal(line('run.closing', { end: { ...cancelled, reason: null } }), 'is being cancelled by mia');
  const failure = { code: 'broke', message: 'it broke' };
  const engine = 'system:humanos';
  assert.equal(
    line('run.closing', { end: { status: 'failed', failure } }, engine),
    'is about to fail: broke: it broke',
  );
  assert.equal(
    line('run.closing', { end: { status: 'rejected', failure } }),
    'is being rejected by mia: broke: it broke',
  );
  assert.equal(line('run.cancelled', { reason: 'gone' }, engine), 'cancelled: gone');
  assert.equal(line('run.cancelled', { reason: 'gone' }), 'cancelled by mia: gone');
});

test('people are asked for what can be done now; what is put aside is resumed first', () => {
  const task = { id: 't', step: 'a.b', kind: 'task', by: 'human', from: ['role:x'], description: null };
  const asks = (more: object): readonly string[] => {
    const tasks = [{ ...task, assignee: null, suspension: null, ...more }];
    return progressOf({ ...RUN, tasks } as unknown as RunView, 160).asks;
  };
  for (const status of ['ready', 'reserved', 'in_progress'])
    assert.deepEqual(asks({ status }), ['asks role:x: a.b  →  humanos show t'], status);
  assert.deepEqual(asks({ status: 'created' }), []);
  const aside = { status: 'suspended', suspension: { from: 'ready', until: null, since: 1 } };
  assert.deepEqual(asks(aside), ['put aside: a.b  →  humanos task resume t']);
  assert.deepEqual(asks({ ...aside, kind: 'approval' }), ['put aside: a decision  →  humanos task resume t']);
  assert.deepEqual(asks({ ...aside, suspension: { ...aside.suspension, undo: true } }), []);
});

const RUN = {
  id: 'run_1',
  definition: { id: 'job', version: 1, digest: '' },
  status: 'running',
  verdict: { verdict: 'running', reason: '' },
  usage: { tasks: 1, tokens: 0, cost: 0 },
  createdAt: 0,
  updatedAt: 0,
  endedAt: null,
  steps: [],
};
