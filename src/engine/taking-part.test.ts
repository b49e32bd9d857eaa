/** Who has a part in the work without having completed any of it, and so does not decide on it (promise 5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  play,
  type Play,
  record,
  sequenceOf,
  task,
  wait,
} from '../../test/engine-kit/index.ts';
import { asking } from '../../test/policy-kit/boundaries.ts';
import type { Attribution } from './index.ts';

const link = (from: string, to: string) => ({ delegation: `delegation_${from}`, from, to, accountable: to });

/** `dana` for `carol`, who acts for `ann`. */
const CHAINED: Attribution = {
  actor: 'dana',
  onBehalfOf: 'ann',
  authority: {
    kind: 'delegation',
    id: 'delegation_carol',
    chain: [link('ann', 'carol'), link('carol', 'dana')],
  },
};
const ALL = ['ann', 'carol', 'dana'];
const partsOf = (run: Play): string[] => ALL.filter((party) => run.current.contributors[party]);
const refusedAs = (run: Play, step: string, who: string): void => {
  const { id, approval: asked } = run.task(step);
  const decide = {
    type: 'task.decide',
    task: id,
    outcome: 'approve',
    subject: asked?.subject ?? '',
  } as const;
  run.refused('separation_of_duties', decide, actor(who));
};

const begun = (): { run: Play; held: { task: string; token: number } } => {
  const run = play(sequenceOf([task(), approval()]));
  run.do({ type: 'task.start', task: run.task('a.do').id, assignee: 'worker' });
  const { id, token } = run.task('a.do');
  return { run, held: { task: id, token } };
};

test('everybody in the chain under which somebody helped', () => {
  const { run, held } = begun();
  run.do({ type: 'task.request_help', ...held, from: 'ann', text: 'how?' });
  assert.deepEqual(partsOf(run), []);
  run.do({ type: 'task.help', task: held.task, request: 1, output: 'so' }, CHAINED);
  assert.deepEqual(partsOf(run), ALL);
  run.complete(run.task('a.do'));
  for (const who of ALL) refusedAs(run, 'b.do', who);
});

test('nobody is asked for help who may not give it (HELP-3)', () => {
  const run = play(sequenceOf([task(), task({ excluded: ['omar'], separateFrom: ['a.do'] })]));
  run.routing = {
    hasOwner: ({ from, requires, by }) => from[0] !== 'role:nobody' && by === null && requires.length === 0,
  };
  run.complete(run.task('a.do'), null, 'ann');
  const held = run.take(run.task('b.do'), 'worker');
  const ask = (from: string) => ({ type: 'task.request_help', ...held, from, text: 'how?' }) as const;
  for (const from of ['omar', 'ann']) run.refused('participant_excluded', ask(from));
  run.refused('not_eligible', ask('role:nobody'));
  assert.deepEqual(run.do(ask('role:legal')), ['task.help_requested']);
});

test('whoever drafted a result, also where somebody else completes it', () => {
  const { run, held } = begun();
  run.do({ type: 'task.draft', ...held, draft: null }, CHAINED);
  assert.deepEqual(partsOf(run), [], 'nothing is drafted');
  run.do({ type: 'task.draft', ...held, draft: { amount: 9000 } }, CHAINED);
  assert.deepEqual(partsOf(run), ALL);
  run.complete(run.task('a.do'));
  for (const who of ALL) refusedAs(run, 'b.do', who);
});

test('whoever sent something with a signal, whether or not it is waited for yet', () => {
  const steps = [task(), wait({ signal: 'paid' }), wait({ signal: 'told' }), approval()];
  const run = play(sequenceOf(steps));
  run.do({ type: 'signal', signal: 'paid', payload: { amount: 9000 } }, actor('ann'));
  assert.deepEqual(partsOf(run), ['ann']);
  run.complete(run.task('a.do'));
  run.do({ type: 'signal', signal: 'told', payload: null }, actor('dana'));
  assert.deepEqual(partsOf(run), ['ann'], 'nothing is sent');
  refusedAs(run, 'd.do', 'ann');
  run.decide(run.task('d.do'), 'approve', 'dana');
  assert.equal(run.current.status, 'completed');
});

test('whoever is let decide by somebody who may not, or who answers for an agent at work, decides no more than they', () => {
  const decide = (run: Play) => {
    const { id, approval: asked } = run.task('b.do');
    return { type: 'task.decide', task: id, outcome: 'approve', subject: asked?.subject ?? '' } as const;
  };
  const started = play(sequenceOf([task(), approval({ distinctFrom: ['initiator'] })]), {
    startedBy: 'carol',
  });
  started.complete(started.task('a.do'));
  started.refused('separation_of_duties', decide(started), CHAINED);
  const answered = play(sequenceOf([task(), approval()]));
  answered.complete(answered.task('a.do'), 1, 'agent');
  answered.routing = { accountable: (passport) => (passport === 'agent' ? 'carol' : null) };
  answered.refused('separation_of_duties', decide(answered), CHAINED);
});

test('whoever is away in whose place a subject was changed', () => {
  const run = play(sequenceOf([task(), approval(), approval()]));
  run.complete(run.task('a.do'));
  const { id, approval: asked } = run.task('b.do');
  const said = { outcome: 'approve_with_changes', changes: 'less', inNameOf: 'ann' } as const;
  run.do({ type: 'task.decide', task: id, subject: asked?.subject ?? '', ...said }, actor('dana'));
  assert.deepEqual(partsOf(run), ['ann', 'dana']);
  for (const who of ['ann', 'dana']) refusedAs(run, 'c.do', who);
});

test('everybody in the chain under which somebody takes work, on whatever authority it is completed', () => {
  const run = play(sequenceOf([task(), approval()]));
  run.do({ type: 'task.start', task: run.task('a.do').id, assignee: 'dana' }, CHAINED);
  run.complete(run.task('a.do'), 1, 'dana');
  assert.deepEqual(partsOf(run), ALL);
  for (const who of ALL) refusedAs(run, 'b.do', who);
});

test('everybody in the chain under which a call is made, progress told, or the task put aside or taken up again', () => {
  const taken = (): { run: Play; held: { task: string; token: number } } => {
    const run = play(sequenceOf([task(), approval()]));
    return { run, held: run.take(run.task('a.do'), 'dana') };
  };
  const counts = (run: Play, parts: readonly string[], what: string): void => {
    assert.deepEqual(partsOf(run), parts, what);
    run.complete(run.task('a.do'), 1, 'dana');
    for (const who of parts) refusedAs(run, 'b.do', who);
  };
  const asked = { call: 'c1', tool: 'pay', class: 'consequential', arguments: {} } as const;
  for (const [used, done] of [
    [CHAINED, actor('dana')],
    [actor('dana'), CHAINED],
  ] as const) {
    const { run, held } = taken();
    const answer = run.try({ type: 'tool.request', ...held, ...asked }, CHAINED);
    assert.ok(answer.ok);
    assert.deepEqual(partsOf(run), [], 'nothing is called');
    const { request, digest } = answer.answer as { request: string; digest: string };
    run.do({ type: 'tool.use', ...held, request, digest }, used);
    run.do({ type: 'tool.done', ...held, request, result: 1 }, done);
    counts(run, ALL, 'a call');
  }
  const told = taken();
  told.run.do({ type: 'task.progress', ...told.held, message: 'half' }, CHAINED);
  counts(told.run, ALL, 'progress');
  const back = taken();
  back.run.do({ type: 'task.stop', ...back.held }, CHAINED);
  back.run.take(back.run.task('a.do'), 'dana');
  counts(back.run, ALL, 'put back');
  for (const [aside, again, parts] of [
    [CHAINED, actor('dana'), ALL],
    [actor('dana'), CHAINED, ALL],
    [{ ...CHAINED, actor: 'boss' }, { ...CHAINED, actor: 'boss' }, []],
  ] as const) {
    const { run, held } = taken();
    run.do({ type: 'task.suspend', ...held }, aside);
    run.do({ type: 'task.resume', ...held }, again);
    counts(run, parts, `put aside by ${aside.actor}`);
  }
});

test('who answers for somebody in the chain did what was done under it', () => {
  const through = { ...link('ann', 'agent'), accountable: 'owner' };
  const authority = {
    kind: 'delegation',
    id: 'delegation_agent',
    chain: [through, link('agent', 'dana')],
  } as const;
  const run = play(sequenceOf([task(), task({ separateFrom: ['a.do'] })]));
  const held = run.take(run.task('a.do'), 'dana');
  run.do({ type: 'task.complete', ...held, output: 1 }, { actor: 'dana', onBehalfOf: null, authority });
  assert.deepEqual(run.task('b.do').separate.toSorted(), ['agent', 'ann', 'dana', 'owner']);
});

test('nor is it forgotten who answered then for the agent that did it under a delegation', () => {
  const lent = { ...link('ann', 'agent'), accountable: 'owner' };
  const authority = { kind: 'delegation', id: 'delegation_ann', chain: [lent] } as const;
  const run = play(sequenceOf([task(), task({ separateFrom: ['a.do'] })]));
  const held = run.take(run.task('a.do'), 'agent');
  run.do({ type: 'task.complete', ...held, output: 1 }, { actor: 'agent', onBehalfOf: 'ann', authority });
  assert.deepEqual(run.task('b.do').separate.toSorted(), ['agent', 'ann', 'owner']);
});

test('everybody in the chain under which an approval was decided decided on it', () => {
  const run = play(sequenceOf([approval(), approval({ distinctFrom: ['a.do'] })]));
  const { id, approval: asked } = run.task('a.do');
  const subject = asked?.subject ?? '';
  run.do({ type: 'task.decide', task: id, outcome: 'approve', subject }, CHAINED);
  assert.deepEqual(run.task('b.do').separate.toSorted(), ALL);
  for (const who of ALL) refusedAs(run, 'b.do', who);
});

test('nobody in the chain under which an approval was decided decides on one that takes others, whichever policy asked for it', () => {
  const run = play(sequenceOf([task(), record(), record()]));
  run.routing = { boundaries: asking(['record.write'], { distinctFrom: ['approvers'] }) };
  run.complete(run.task('a.do'));
  const { id, approval: asked } = run.task('b.do');
  run.do({ type: 'task.decide', task: id, outcome: 'approve', subject: asked?.subject ?? '' }, CHAINED);
  run.take(run.task('b.do'));
  run.routing = { boundaries: asking(['record.write'], { id: 'other', distinctFrom: ['approvers'] }) };
  run.complete(run.task('b.do'));
  assert.deepEqual(run.task('c.do').separate.toSorted(), ALL);
  for (const who of ALL) refusedAs(run, 'c.do', who);
});
