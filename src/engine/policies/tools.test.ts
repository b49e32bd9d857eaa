import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actor, play, type Play, sequenceOf, sideBySide, task } from '../../../test/engine-kit/index.ts';
import { bounded } from '../../../test/policy-kit/boundaries.ts';
import { PLAIN, policies, rule } from '../../../test/policy-kit/index.ts';
import type { JsonObject } from '../../definition/json.ts';
import type { Attribution, Task } from '../index.ts';

const AGENT = actor('passport_agent');
/** The agent of `olga` for `carl`, whose authority `mid` has passed on to it. */
const LENT: Attribution = {
  actor: 'passport_agent',
  onBehalfOf: 'passport_carl',
  authority: {
    kind: 'delegation',
    id: 'delegation_2',
    chain: [
      {
        delegation: 'delegation_1',
        from: 'passport_carl',
        to: 'passport_mid',
        accountable: 'passport_mid',
      },
      {
        delegation: 'delegation_2',
        from: 'passport_mid',
        to: 'passport_agent',
        accountable: 'passport_olga',
      },
    ],
  },
};

/** Asks for a call, begins it and says what came of it. */
const call = (run: Play, found: Task): void => {
  const held = run.take(found);
  const wanted = { call: 'c1', tool: 'pay', class: 'consequential', arguments: { amount: 5 } } as const;
  const asked = run.try({ type: 'tool.request', ...held, ...wanted }, AGENT);
  assert.ok(asked.ok, JSON.stringify(asked));
  const { request, digest } = asked.answer as JsonObject as { request: string; digest: string };
  run.do({ type: 'tool.use', ...held, request, digest }, AGENT);
  run.do({ type: 'tool.done', ...held, request, result: 'paid' }, AGENT);
};

test('whoever undoes work calls tools for it, whether the run ends or goes back', () => {
  const failed = play(sequenceOf([task({ compensate: task() }), task()]));
  failed.complete(failed.task('a.do'));
  failed.fail(failed.task('b.do'), false);
  assert.equal(failed.current.status, 'closing');
  call(failed, failed.task('a.do.compensate'));
  failed.complete(failed.task('a.do.compensate'));
  assert.equal(failed.current.status, 'failed');

  const back = play(sequenceOf([task({ compensate: task() }), task()]));
  back.complete(back.task('a.do'));
  back.do({ type: 'rollback', phase: 'a' });
  call(back, back.task('a.do.compensate'));
});

test('whoever may finish a task of a run that is cancelled calls its tools', () => {
  const run = play(sideBySide({ kept: task(), gone: task() }));
  const kept = run.task('work.kept');
  run.take(kept);
  run.do({ type: 'cancel', keep: [kept.id] });
  call(run, kept);
  run.complete(kept);
  assert.equal(run.current.status, 'cancelled');
});

test('in a run that gives out no work no call begins', () => {
  const run = play(sequenceOf([task()]));
  const held = run.take(run.task('a.do'));
  run.do({ type: 'pause' });
  const wanted = { call: 'c1', tool: 'pay', class: 'consequential', arguments: {} } as const;
  run.refused('run_status', { type: 'tool.request', ...held, ...wanted }, AGENT);
});

test('a call is not waited for when too few are left to approve it', () => {
  const from = ['passport_max', 'passport_eve'];
  const set = policies({ id: 'calls', on: 'tool.call', effect: 'require_approval', from, quorum: 2 });
  const ruleCall = () => ({ facts: PLAIN['tool.call'], ruling: rule(set, 'tool.call') });
  const run = play(sequenceOf([task()]));
  run.routing = { boundaries: bounded({ ruleCall }) };
  const held = run.take(run.task('a.do'));
  const wanted = { call: 'c1', tool: 'pay', class: 'consequential', arguments: {} } as const;
  run.do({ type: 'tool.request', ...held, ...wanted }, AGENT);
  const asked = run.open.find(({ kind }) => kind === 'approval') as Task;
  const subject = asked.approval?.subject ?? '';
  run.do({ type: 'task.decide', task: asked.id, outcome: 'abstain', subject }, actor('passport_max'));
  const [known] = Object.values(run.current.boundaries?.calls[held.task] ?? {});
  assert.deepEqual([known?.status, known?.reason], ['expired', 'Too few are left to approve: it takes 2.']);
  assert.deepEqual(run.open.length, 1);
});

test('a call that people have said no to stays rejected under its key, and nothing is asked or denied again (TOOL-1)', () => {
  const set = policies({ id: 'calls', on: 'tool.call', effect: 'require_approval', from: 'passport_max' });
  const ruleCall = () => ({ facts: PLAIN['tool.call'], ruling: rule(set, 'tool.call') });
  const run = play(sequenceOf([task()]));
  run.routing = { boundaries: bounded({ ruleCall }) };
  const held = run.take(run.task('a.do'));
  const wanted = { call: 'c1', tool: 'pay', class: 'consequential', arguments: {} } as const;
  const request = { type: 'tool.request', ...held, ...wanted } as const;
  run.do(request, AGENT);
  const asked = run.open.find(({ kind }) => kind === 'approval') as Task;
  run.decide(asked, 'reject', 'passport_max', 'too much');
  const again = run.try(request, AGENT);
  assert.ok(again.ok);
  assert.deepEqual([(again.answer as JsonObject)['status'], again.events], ['rejected', []]);
});

test('what was begun is told to who began it, and neither to another agent nor in another attempt (TOOL-1)', () => {
  const run = play(sequenceOf([task({ retry: { attempts: 2 } })]));
  const wanted = { call: 'c1', tool: 'pay', class: 'consequential', arguments: {} } as const;
  const ask = (held: { readonly task: string; readonly token: number }, by = AGENT) => {
    const asked = run.try({ type: 'tool.request', ...held, ...wanted }, by);
    assert.ok(asked.ok, JSON.stringify(asked));
    return asked.answer as JsonObject as { request: string; digest: string; status: string };
  };
  const first = run.take(run.task('a.do'));
  const { request, digest } = ask(first);
  run.do({ type: 'tool.use', ...first, request, digest }, AGENT);
  assert.equal(ask(first).status, 'calling');
  run.do({ type: 'task.release', ...first, reason: 'cut off' }, AGENT);
  const other = 'passport_other';
  assert.equal(ask(run.take(run.task('a.do'), other), actor(other)).status, 'granted');
  run.fail(run.task('a.do'), true, other);
  assert.equal(ask(run.take(run.task('a.do'))).status, 'granted');
});

/** A run whose agent asks for a call under a delegation, by these policies. */
const lent = (...documents: readonly JsonObject[]): Play => {
  const set = policies(...documents);
  const ruleCall = () => ({ facts: PLAIN['tool.call'], ruling: rule(set, 'tool.call') });
  const run = play(sequenceOf([task()]));
  run.routing = { boundaries: bounded({ ruleCall }) };
  const held = run.take(run.task('a.do'));
  const wanted = { call: 'c1', tool: 'pay', class: 'consequential', arguments: {} } as const;
  run.do({ type: 'tool.request', ...held, ...wanted }, LENT);
  return run;
};

test('nobody approves a call that was asked for under their delegation, or who answers for somebody in the chain', () => {
  const run = lent({ id: 'calls', on: 'tool.call', effect: 'require_approval', from: 'role:security' });
  const asked = run.open.find(({ kind }) => kind === 'approval') as Task;
  const parties = ['passport_agent', 'passport_carl', 'passport_mid', 'passport_olga'];
  assert.deepEqual(asked.separate.toSorted(), parties);
  const subject = asked.approval?.subject ?? '';
  const decide = { type: 'task.decide', task: asked.id, outcome: 'approve', subject } as const;
  for (const party of parties) run.refused('separation_of_duties', decide, actor(party));
  run.do(decide, actor('passport_sam'));
});

test('what is asked for under a delegation names that with its chain, whether it is let or not; the policy is in what was ruled', () => {
  for (const [run, type] of [
    [lent(), 'tool.requested'],
    [lent({ id: 'calls', on: 'tool.call', effect: 'deny' }), 'tool.denied'],
  ] as const) {
    const event = run.events.findLast((one) => one.type === type) ?? assert.fail(`no ${type}`);
    assert.deepEqual(event.by, LENT);
  }
});

test('what only reads gives whoever lets it be called a part in the work as it is asked for', () => {
  const plain = PLAIN['tool.call'];
  const facts = { ...plain, tool: { ...plain.tool, class: 'read_only' } } as const;
  const ruleCall = () => ({ facts, ruling: rule(policies(), 'tool.call', facts) });
  const run = play(sequenceOf([task()]));
  run.routing = { boundaries: bounded({ ruleCall }) };
  const held = run.take(run.task('a.do'));
  const wanted = { call: 'c1', tool: 'look', class: 'read_only', arguments: {} } as const;
  run.do({ type: 'tool.request', ...held, ...wanted }, AGENT);
  assert.deepEqual(run.current.contributors, {});
  run.do({ type: 'tool.request', ...held, ...wanted, call: 'c2' }, LENT);
  const parties = ['passport_agent', 'passport_carl', 'passport_mid', 'passport_olga'];
  assert.deepEqual(Object.keys(run.current.contributors).toSorted(), parties);
});
