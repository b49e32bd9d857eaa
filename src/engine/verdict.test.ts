import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdictOf, type OpenTasks, type RunStatus, type Verdict } from './index.ts';

const NONE: OpenTasks = { approvals: 0, people: 0, working: 0, unassigned: 0 };
const FAILURE = { code: 'broke', message: 'it broke', layer: 'record' } as const;

test('the verdict by status', () => {
  const expected: Record<RunStatus, Verdict['verdict']> = {
    pending_approval: 'awaiting_approval',
    running: 'running',
    paused: 'stopped',
    stopped: 'stopped',
    closing: 'running',
    completed: 'ok',
    failed: 'failed',
    rejected: 'rejected',
    cancelled: 'stopped',
  };
  for (const [status, verdict] of Object.entries(expected))
    assert.equal(verdictOf(status as RunStatus, null, NONE).verdict, verdict, status);
});

test('a run that paused by itself is blocked, and says why', () => {
  assert.deepEqual(verdictOf('paused', FAILURE, NONE), { verdict: 'blocked', reason: 'it broke' });
});

test('that a run was paused or stopped is said of nobody: agents do so as well', () => {
  const hold = { parent: 'run_above', alone: true } as const;
  for (const status of ['paused', 'stopped'] as const) {
    const said = [{}, { hold }].map((held) => verdictOf(status, null, NONE, held).reason);
    for (const reason of said) assert.match(reason, new RegExp(`^The run was ${status}[;,]`));
  }
});

test('a failed run names the layer that failed', () => {
  assert.deepEqual(verdictOf('failed', FAILURE, NONE), {
    verdict: 'failed',
    reason: 'broke: it broke',
    layer: 'record',
  });
});

test('a running run waits for agents first, then for an approval, then for a person', () => {
  const of = (open: Partial<OpenTasks>) => verdictOf('running', null, { ...NONE, ...open }).verdict;
  assert.equal(of({ working: 1, approvals: 1, people: 1 }), 'running');
  assert.equal(of({ unassigned: 1, approvals: 1 }), 'running');
  assert.equal(of({ approvals: 1, people: 1 }), 'awaiting_approval');
  assert.equal(of({ people: 1 }), 'awaiting_human');
  assert.equal(of({}), 'running');
});

test('nobody is said to be at work before somebody is', () => {
  const of = (open: Partial<OpenTasks>) => verdictOf('running', null, { ...NONE, ...open }).reason;
  assert.match(of({ unassigned: 1 }), /waits for an agent/);
  assert.match(of({ working: 1, unassigned: 1 }), /Agents are at work/);
});

test('work that nobody can do strands the run, whatever else goes on, and says what is missing', () => {
  const verdict = verdictOf(
    'running',
    null,
    { ...NONE, working: 3 },
    { missing: ['capability ocr', 'role:cfo'] },
  );
  assert.equal(verdict.verdict, 'stranded');
  assert.deepEqual(verdict.missing, ['capability ocr', 'role:cfo']);
  assert.match(verdict.reason, /capability ocr; role:cfo/);
  assert.equal(verdictOf('completed', null, NONE, { missing: ['role:cfo'] }).verdict, 'ok');
});
