/** Who hears of what happened to a task that has gone on since. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskRow } from '../../../test/contract/fixtures.ts';
import { mayDo } from '../../../test/routing-kit/may-do.ts';
import { person } from '../../../test/routing-kit/person.ts';
import type { JsonObject } from '../../definition/index.ts';
import type { TaskRow } from '../../store/index.ts';
import { receiversOf } from './receivers.ts';

const PEOPLE = [
  person('ann', { roles: ['adjuster'] }),
  person('bob', { roles: ['adjuster', 'manager'] }),
  person('mia', { roles: ['manager'] }),
  person('cy'),
];
const directory = {
  passports: () => PEOPLE,
  mayTake: (task: TaskRow, passport: (typeof PEOPLE)[number]) => mayDo(passport, task),
};

const adjusters = taskRow('run_1', 'p.s:1.1', {
  by: 'human',
  requires: [],
  from: ['role:adjuster'],
  excluded: [],
  assignee: null,
  status: 'ready',
});
const managers: TaskRow = { ...adjusters, from: ['role:manager'] };
const heldBy = (assignee: string, task = adjusters): TaskRow => ({ ...task, assignee, status: 'reserved' });

/** `task`: as it is when its turn comes. */
const hear = (type: string, payload: JsonObject, task: TaskRow, actor = 'system:router'): string[] =>
  receiversOf(type, { task, actor, payload: { task: task.id, ...payload } }, directory).map(({ id }) => id);

const CREATED = { from: ['role:adjuster'] };

test('what a task was offered or reminded of is for those whom that was for, as far as it still is', () => {
  for (const [type, payload] of [
    ['task.created', CREATED],
    ['task.nominated', { to: ['role:adjuster'], assignee: null }],
    ['task.forwarded', { to: 'role:adjuster' }],
    ['task.reminded', { to: ['role:adjuster'] }],
    ['tool.asked', CREATED],
    ['task.offered', { offeredTo: ['ann', 'bob'] }],
  ] as const) {
    assert.deepEqual(hear(type, payload, adjusters), ['ann', 'bob'], type);
    assert.deepEqual(hear(type, payload, managers), ['bob'], type);
    const raised = { ...adjusters, from: ['role:adjuster', 'role:manager'] };
    assert.deepEqual(hear(type, payload, raised), ['ann', 'bob'], type);
  }
});

test('whoever has it by now hears of what gave it to them, and of nothing before', () => {
  const theirs = heldBy('cy');
  for (const [type, payload] of [
    ['task.created', CREATED],
    ['task.created', { ...CREATED, assignee: 'ann', reserved: true }],
    ['task.offered', { offeredTo: null }],
    ['task.reserved', { assignee: 'ann', token: 1 }],
    ['task.started', { assignee: 'ann', token: 1 }],
    ['task.delegated', { assignee: 'ann', token: 1 }],
    ['task.nominated', { to: ['ann'], assignee: 'ann', token: 1 }],
    ['task.forwarded', { to: 'role:adjuster' }],
    ['task.reminded', { to: ['role:adjuster'] }],
    ['task.reminded', { to: ['ann'] }],
  ] as const)
    assert.deepEqual(hear(type, payload, theirs), [], `${type} ${JSON.stringify(payload)}`);
  for (const [type, payload] of [
    ['task.created', { ...CREATED, assignee: 'cy', reserved: true }],
    ['task.reserved', { assignee: 'cy', token: 2 }],
    ['task.started', { assignee: 'cy', token: 2 }],
    ['task.delegated', { assignee: 'cy', token: 2 }],
    ['task.nominated', { to: ['cy'], assignee: 'cy', token: 2 }],
    ['task.reminded', { to: ['cy'] }],
  ] as const) {
    assert.deepEqual(hear(type, payload, theirs), ['cy'], type);
    if (type !== 'task.reminded') assert.deepEqual(hear(type, payload, theirs, 'cy'), [], type);
  }
  assert.deepEqual(hear('task.reminded', { to: ['role:adjuster'] }, heldBy('bob')), ['bob']);
});

test('what names nobody is for whoever may take it now, and whoever has it', () => {
  for (const type of ['task.created', 'task.offered', 'task.nominated', 'task.forwarded', 'task.reminded'])
    assert.deepEqual(hear(type, {}, managers), ['bob', 'mia'], type);
  for (const type of ['task.reserved', 'task.started', 'task.delegated', 'task.reminded'])
    assert.deepEqual(hear(type, {}, heldBy('cy')), ['cy'], type);
});
