/** What people are told of approvals before and after they decide. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, tell } from '../../test/cli-kit/index.ts';

test('an approval that is suspended is not one to decide on', async (t) => {
  const row = (status: string) => ({
    id: `run:p0.${status}:1.1`,
    kind: 'approval',
    status,
    help: [],
    assignee: null,
    createdAt: 0,
    deadline: null,
    deadlines: [],
    description: null,
    step: 'a.b',
  });
  serverOf(t, (path) =>
    path.startsWith('/v1/tasks')
      ? { rows: [row('ready'), row('suspended')], next: null }
      : { rows: [], proposed: [], next: null },
  );
  const { out } = await tell(['inbox']);
  const states = out
    .split('\n')
    .flatMap((line) => /^run:p0\S+ +approval +(to decide|\S+) /.exec(line)?.[1] ?? []);
  assert.deepEqual(states, ['to decide', 'suspended']);
});

test('decisions are told with for whom they were made, and whether they were on what is shown now', async (t) => {
  const said = (participant: string, outcome: string, on: string, more: object = {}) => ({
    ...{ participant, outcome, subject: on, changed: null, onBehalfOf: participant, ...more },
  });
  const decisions = [
    said('ann', 'approve', 'old'),
    said('bob', 'approve_with_changes', 'old', { changed: 'new', onBehalfOf: 'eve' }),
    said('cy', 'approve', 'new', { onBehalfOf: 'dan', inNameOf: 'eve' }),
  ];
  const definition = { id: 'd', name: 'D', version: 1 };
  const task = (keeps: boolean) => ({
    ...{ id: 'run:p0.a:1.1', status: 'completed', from: [], requires: [], by: 'human', offeredTo: null },
    ...{
      assignee: null,
      suspension: null,
      priority: 5,
      deadline: null,
      deadlines: [],
      failure: null,
      output: null,
      input: 1,
    },
    ...{ notes: {}, help: [] },
    asked: { what: 'Sign', definition, startedBy: 'ann', actions: [], subject: 'new' },
    approval: { status: 'approved', reasoned: false, subject: 'new', keeps, decisions },
  });
  let keeps = false;
  serverOf(t, () => task(keeps));
  const last = 'cy for dan and eve: approve';
  const now = `ann: approve (earlier content); bob for eve: approve_with_changes; ${last}`;
  const { out } = await tell(['show', 'run:p0.a:1.1']);
  assert.equal(/decisions +(.*)\n/.exec(out)?.[1], now);
  assert.ok((await tell(['approve', 'run:p0.a:1.1', '--yes'])).err.includes(`is approved already (${now}).`));
  keeps = true;
  const kept = `ann: approve; bob for eve: approve_with_changes; ${last}`;
  assert.ok((await tell(['show', 'run:p0.a:1.1'])).out.includes(kept), 'all of them count');
});

test('whoever decides where a reason is needed is told so before anything is asked', async (t) => {
  const definition = { id: 'd', name: 'D', version: 1 };
  const task = {
    ...{ id: 'run:p0.a:1.1', status: 'ready', from: [], requires: [], by: 'human', offeredTo: null },
    ...{ assignee: null, suspension: null, priority: 5, deadline: null, deadlines: [], failure: null },
    ...{ output: null, input: 1, notes: {}, help: [] },
    asked: { what: 'Sign', definition, startedBy: 'ann', actions: [], subject: 'new' },
    approval: { status: 'open', subject: 'new', keeps: false, reasoned: true, decisions: [] },
  };
  serverOf(t, (path) => {
    assert.doesNotMatch(path, /decide/);
    return task;
  });
  const { code, err } = await tell(['approve', 'run:p0.a:1.1']);
  assert.equal(code, 1);
  assert.match(err, /needs a reason[^]*next: Say why: --reason TEXT\n  code: reason_required/);
  assert.match((await tell(['show', 'run:p0.a:1.1'])).out, /reason +every decision needs one/);
});
