import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  graphOf,
  play,
  Play,
  sequenceOf,
  sideBySide,
  task,
  wait,
  workflow,
} from '../../test/engine-kit/index.ts';
import { MAX_DEPTH, type Message } from './index.ts';

const only = (run: Play) => run.children[0] ?? assert.fail('no child');
const sent = <Kind extends Message['kind']>(run: Play, kind: Kind) =>
  run.messages.filter((message): message is Extract<Message, { kind: Kind }> => message.kind === kind);

test('a workflow step starts a child run with its input and part of the limits; its output is the result', () => {
  const run = play(sequenceOf([workflow({ definition: 'checks', version: 3, input: { n: 1 } }), task()]), {
    accountable: 'passport_cfo',
  });
  assert.deepEqual(sent(run, 'child.start'), [
    {
      kind: 'child.start',
      parent: { run: 'run', step: 'a.do', slot: 0, safety: 'reversible' },
      run: 'run~a.do~1.1',
      definition: 'checks',
      definitionVersion: 3,
      input: { n: 1 },
      priority: 5,
      depth: 1,
      allotment: { concurrency: 8, tasks: 1000, tokens: null, cost: null, duration: null },
      by: 'passport_anna',
      accountable: 'passport_cfo',
      contributors: [],
    },
  ]);
  const usage = { tasks: 7, tokens: 100, cost: 0.5 };
  assert.deepEqual(run.endChild({ ...only(run), output: 'checked', usage }), [
    'child.completed',
    'task.created',
  ]);
  assert.equal(run.step('a.do').output, 'checked');
  assert.deepEqual(
    { ...run.current.usage, held: null },
    { tasks: 8, open: 1, tokens: 100, cost: 0.5, held: null },
  );
});

test('what a child does not use is given back; what it holds nobody else uses (LIMIT-2)', () => {
  const limits = { concurrency: 4, tasks: 10, tokens: 100, cost: { amount: 1, currency: 'EUR' } };
  const run = play(sideBySide({ each: workflow({ forEach: [1, 2, 3] }) }, { limits }));
  const parts = sent(run, 'child.start').map(({ allotment }) => allotment);
  assert.deepEqual(
    parts.map(({ tasks }) => tasks),
    [3, 3, 4],
  );
  assert.deepEqual(
    parts.map(({ concurrency }) => concurrency),
    [1, 1, 2],
  );
  assert.ok(parts.reduce((total, { cost }) => total + (cost?.amount ?? 0), 0) <= 1);
  for (const child of run.children) run.endChild({ ...child, usage: { tasks: 1, tokens: 1, cost: 0.1 } });
  assert.deepEqual(run.current.usage.held, { concurrency: 0, tasks: 0, tokens: 0, cost: 0 });
  assert.equal(run.current.usage.cost, 0.3);
});

test('where children hold all that is left of the tokens, another waits for one of them (LIMIT-2)', () => {
  const scarce = play(sideBySide({ one: workflow(), other: workflow() }, { limits: { tokens: 1 } }));
  scarce.endChild(only(scarce));
  assert.equal(only(scarce).step, 'work.other');
});

test('a child that counts its cost in another currency than its parent has what its parent lets it have', () => {
  const cost = { amount: 5, currency: 'USD' };
  const allotment = { concurrency: 8, tasks: 10, tokens: null, cost, duration: null };
  const graph = sequenceOf([task()], { limits: { cost: { amount: 1, currency: 'EUR' } } });
  const run = play(graph, { parent: { run: 'p', step: 'a.do', slot: 0 }, allotment });
  assert.deepEqual(run.current.limits.cost, cost);
});

test('a child leaves a share for every step that may be at work beside it', () => {
  const run = play(
    graphOf(
      [
        { id: 'a', steps: { child: workflow(), beside: task(), pause: wait({ for: 1000 }) } },
        { id: 'b', needs: ['a'], steps: { after: task() } },
        { id: 'c', steps: { branch: approval() } },
      ],
      { limits: { tasks: 9, concurrency: 6 } },
    ),
  );
  assert.equal(sent(run, 'child.start')[0]?.allotment.tasks, 3);
  assert.deepEqual(run.open.map(({ step }) => step).sort(), ['a.beside', 'c.branch']);
});

test('a child has the time that its parent has left', () => {
  const run = play(sequenceOf([task(), workflow()], { limits: { duration: 5000 } }));
  run.now += 2000;
  run.complete(run.task('a.do'));
  assert.equal(sent(run, 'child.start')[0]?.allotment.duration, 3000);
});

test('a child has no more time than its step allows, and the next attempt has as much again', () => {
  const step = { timeout: 1000, retry: { attempts: 2 } };
  const run = play(sequenceOf([workflow(step)], { limits: { duration: 5000 } }));
  const failure = { code: 'run_timed_out', message: 'it took too long' };
  run.now += 4500;
  run.endChild({ ...only(run), failure });
  const durations = sent(run, 'child.start').map(({ allotment }) => allotment.duration);
  assert.deepEqual(durations, [1000, 500], 'nor than its parent has left');
  assert.equal(sent(play(sequenceOf([workflow(step)])), 'child.start')[0]?.allotment.duration, 1000);
});

test('a child works within what it is allotted, and its own limits', () => {
  const graph = sequenceOf([task()], { limits: { tasks: 5, concurrency: 20, tokens: 10, duration: 900 } });
  const allotment = {
    concurrency: 2,
    tasks: 50,
    tokens: 5,
    cost: { amount: 1, currency: 'EUR' },
    duration: 500,
  };
  const run = play(graph, { parent: { run: 'p', step: 'a.do', slot: 0 }, allotment });
  assert.deepEqual(run.current.limits, {
    concurrency: 2,
    tasks: 5,
    tokens: 5,
    cost: { amount: 1, currency: 'EUR' },
    duration: 500,
  });
  run.do({ type: 'pause' });
  run.refused('limit_of_parent', { type: 'resume', limits: { tasks: 100 } });
  run.do({ type: 'resume' });
});

test('a child tells its parent of its end: output, usage, who took part', () => {
  const run = play(sequenceOf([task()]), { parent: { run: 'p', step: 'a.do', slot: 2 } });
  const held = run.take(run.task('a.do'));
  run.do(
    { type: 'task.complete', ...held, output: 'x', usage: { tokens: 9, cost: 0.25 } },
    actor('passport_agent', 'passport_owner'),
  );
  assert.deepEqual(run.messages, [
    {
      kind: 'child.end',
      parent: { run: 'p', step: 'a.do', slot: 2 },
      run: 'run',
      output: null,
      failure: null,
      usage: { tasks: 1, tokens: 9, cost: 0.25 },
      contributors: ['passport_agent', 'passport_owner'],
      doers: { passport_agent: 'passport_owner' },
    },
  ]);
});

test('those who worked in a child do not approve its result in the parent (promise 5)', () => {
  const run = play(sequenceOf([workflow(), approval()]));
  run.endChild({ ...only(run), contributors: ['passport_maria'] });
  const { id, approval: asked } = run.task('b.do');
  const decide = {
    type: 'task.decide',
    task: id,
    outcome: 'approve',
    subject: asked?.subject ?? '',
  } as const;
  run.refused('separation_of_duties', decide, actor('passport_maria'));
  run.do(decide, actor('passport_omar'));
});

test('a failed child is retried as a new run; one that a person ended, that ran out of limits, or that cannot begin, is not', () => {
  const graph = sequenceOf([workflow({ retry: { attempts: 2 } })]);
  const run = play(graph);
  const failure = { code: 'broke', message: 'it broke' };
  assert.deepEqual(run.endChild({ ...only(run), failure }), ['child.failed', 'child.opened']);
  assert.equal(only(run).run, 'run~a.do~1.2');
  run.endChild({ ...only(run), failure });
  assert.equal(run.current.failure?.code, 'child_failed');
  assert.match(run.current.failure?.message ?? '', /run~a\.do~1\.2: it broke/);

  const lasting = ['definition_unknown', 'input_invalid', 'policy_denied', 'human_required'];
  for (const code of ['cancelled', 'rejected', 'limit_tokens', ...lasting]) {
    const other = play(graph);
    assert.deepEqual(
      other.endChild({ ...only(other), failure: { code, message: 'no' } }),
      ['child.failed', 'run.failed'],
      code,
    );
  }
});

test('a child is as urgent as its step says, else as its parent', () => {
  const run = play(sideBySide({ one: workflow(), other: workflow({ priority: 9 }) }), { priority: 2 });
  assert.deepEqual(
    sent(run, 'child.start').map(({ priority }) => priority),
    [2, 9],
  );
});

test('children that are tried again at the same time share what is left', () => {
  const run = play(
    sequenceOf([workflow({ forEach: [1, 2], retry: { attempts: 2 } })], { limits: { tasks: 10 } }),
  );
  run.do({ type: 'pause' });
  for (const child of run.children)
    run.endChild({ ...child, failure: { code: 'broke', message: 'it broke' } });
  run.do({ type: 'resume' });
  assert.deepEqual(
    sent(run, 'child.start').map(({ allotment }) => allotment.tasks),
    [5, 5, 4, 4],
  );
});

test('an end that is told twice, or of an unknown child, is refused (CHILD-1)', () => {
  const run = play(sideBySide({ one: workflow(), two: workflow() }));
  const [one, two] = run.children;
  run.endChild(one ?? assert.fail());
  const end = {
    type: 'child.end',
    output: null,
    failure: null,
    usage: { tasks: 0, tokens: 0, cost: 0 },
    contributors: [],
  } as const;
  run.refused('child_unknown', { ...end, ...(one ?? assert.fail()) });
  run.refused('child_unknown', { ...end, ...(two ?? assert.fail()), run: 'constructor' });
  run.refused('child_unknown', { ...end, run: 'other', step: 'no.such', slot: 0 });
});

test('runs start runs eight deep, and no deeper', () => {
  const graph = sequenceOf([workflow()]);
  assert.equal(sent(play(graph, { depth: MAX_DEPTH - 1 }), 'child.start')[0]?.depth, MAX_DEPTH);
  assert.equal(play(graph, { depth: MAX_DEPTH }).current.failure?.code, 'depth_exceeded');
});

test('a child run whose input no entry of the ledger has room for is not started', () => {
  const input = Array.from({ length: 800_000 }, () => 1e20);
  const parent = play(sequenceOf([workflow({ input })]));
  assert.equal(parent.current.failure?.code, 'input_invalid');
  assert.deepEqual(sent(parent, 'child.start'), []);
});

test('stop tells the children to stop and keeps them; resume lets them go on', () => {
  const run = play(sideBySide({ child: workflow(), work: task() }));
  run.do({ type: 'stop' });
  assert.equal(run.children.length, 1);
  run.do({ type: 'resume' });
  assert.deepEqual(
    sent(run, 'child.command').map(({ command }) => command),
    ['stop', 'resume'],
  );
  assert.equal(sent(run, 'child.start').length, 1);
});

test('a child that ends while its parent is paused or stopped counts, and what follows waits', () => {
  for (const command of ['pause', 'stop'] as const) {
    const run = play(sequenceOf([workflow(), task()]));
    run.do({ type: command });
    assert.deepEqual(run.endChild({ ...only(run), output: 'kept' }), ['child.completed']);
    assert.deepEqual(run.do({ type: 'resume' }), ['run.resumed', 'task.created']);
    assert.equal(run.step('a.do').output, 'kept');
  }
});

test('a child that is withdrawn holds its part until it has ended; then it counts what it used (CHILD-2)', () => {
  const run = play(
    graphOf(
      [
        { id: 'a', steps: { child: workflow(), work: task() } },
        {
          id: 'b',
          steps: { agree: approval({ onReject: { redo: 1, max: 1, others: false } }), child: workflow() },
        },
      ],
      { limits: { tasks: 12 } },
    ),
  );
  const child = run.children.find(({ step }) => step === 'b.child') ?? assert.fail();
  const before = { ...run.current.usage.held };
  const events = run.decide(run.task('b.agree'), 'reject');
  assert.deepEqual(events.slice(0, 3), ['task.decided', 'child.exited', 'run.sent_back']);
  assert.ok(run.current.usage.held.tasks >= before.tasks);
  assert.deepEqual(Object.keys(run.current.leaving), [child.run]);
  const used = run.current.usage.tasks;
  assert.ok(run.endChild({ ...child, usage: { tasks: 2, tokens: 0, cost: 0 } }).includes('child.settled'));
  assert.equal(run.current.usage.tasks, used + 2 + 1, 'and the approval is asked for again');
  assert.deepEqual(run.current.leaving, {});
});

test('who worked in a child that was withdrawn decides on nothing of the parent either (promise 5)', () => {
  const run = play(
    graphOf([
      { id: 'a', steps: { child: workflow(), work: task() } },
      { id: 'b', needs: ['a'], steps: { agree: approval() } },
    ]),
  );
  const [child] = run.children;
  run.do({ type: 'rollback', phase: 'a' });
  run.endChild({ ...(child ?? assert.fail()), contributors: ['passport_maria'] });
  run.endChild(only(run));
  run.complete(run.task('a.work'));
  const { id, approval: asked } = run.task('b.agree');
  const subject = asked?.subject ?? '';
  const decide = { type: 'task.decide', task: id, outcome: 'approve', subject } as const;
  run.refused('separation_of_duties', decide, actor('passport_maria'));
});

test('work that is sent back is done again after the children that did it have undone it and ended (REDO-1)', () => {
  const run = play(
    graphOf([
      { id: 'a', steps: { child: workflow() } },
      { id: 'b', steps: { beside: task() } },
      { id: 'c', needs: ['a'], steps: { after: task() } },
    ]),
  );
  const child = only(run);
  run.do({ type: 'rollback', phase: 'a' });
  assert.deepEqual([run.children, Object.keys(run.current.leaving)], [[], [child.run]]);
  run.complete(run.task('b.beside'));
  assert.equal(run.current.status, 'running', 'it does not end before that');
  assert.deepEqual(run.endChild(child), ['child.settled', 'run.redone', 'child.opened']);
  assert.equal(only(run).run, 'run~a.child~2.1');
});

test('a run that has ended tells its parent when its own children have ended too, once (END-2)', () => {
  const run = new Play(sideBySide({ one: workflow(), two: workflow() })).begin({
    parent: { run: 'p', step: 'a.do', slot: 0 },
  });
  const [one, two] = run.children;
  assert.deepEqual(run.do({ type: 'cancel', reason: 'enough' }), [
    'child.exited',
    'child.exited',
    'run.cancelled',
  ]);
  assert.equal(sent(run, 'child.end').length, 0);
  run.endChild({ ...(one ?? assert.fail()), usage: { tasks: 3, tokens: 5, cost: 0 } });
  assert.equal(sent(run, 'child.end').length, 0);
  run.endChild({ ...(two ?? assert.fail()), usage: { tasks: 4, tokens: 6, cost: 0 } });
  const [end] = sent(run, 'child.end');
  assert.deepEqual(end?.usage, { tasks: 7, tokens: 11, cost: 0 });
  assert.equal(end?.failure?.message, 'enough');
  assert.equal(run.current.status, 'cancelled');
});

test('a child that has used up its limits finishes what is open and then fails: nobody could give it more (FLOW-4)', () => {
  const run = play(
    sideBySide({ each: task({ forEach: [1, 2, 3, 4], concurrency: 2 }) }, { limits: { tasks: 3 } }),
    {
      parent: { run: 'p', step: 'a.do', slot: 0 },
    },
  );
  run.complete(run.task('work.each', 0), 'kept');
  run.complete(run.task('work.each', 1), 'kept too');
  assert.equal(run.current.status, 'running');
  assert.deepEqual(run.complete(run.task('work.each', 2)), ['task.completed', 'run.failed']);
  assert.equal(sent(run, 'child.end')[0]?.failure?.code, 'limit_tasks');
});

test('it finishes what is open also where another phase has nothing open (FLOW-4)', () => {
  const parent = { run: 'p', step: 'a.do', slot: 0 };
  const graph = graphOf(
    [
      { id: 'a', steps: { do: task() } },
      { id: 'b', steps: { do: task() } },
    ],
    { limits: { tasks: 1 } },
  );
  const run = play(graph, { parent });
  assert.equal(run.current.status, 'running');
  run.complete(run.task('a.do'));
  assert.equal(run.current.failure?.code, 'limit_tasks');
});

test('a child goes on with its parent where that stopped it, and not where somebody had stopped or paused it before', () => {
  const parent = { run: 'p', step: 'a.do', slot: 0 };
  const stop = { type: 'stop', byParent: true } as const;
  const resume = { type: 'resume', byParent: true } as const;
  const begun = (): Play => play(sequenceOf([task()]), { parent });
  const run = begun();
  run.do(stop);
  run.do(resume);
  assert.equal(run.current.status, 'running');
  run.do({ type: 'pause' });
  run.refused('run_status', resume);
  run.do(stop);
  run.do(resume);
  assert.equal(run.current.status, 'stopped');
  run.refused('run_status', resume);
  run.do({ type: 'resume' });
  run.do(stop);
  run.do(resume);
  run.do({ type: 'stop' });
  run.refused('run_status', resume);
  run.do({ type: 'resume' });
  assert.equal(run.current.status, 'running');
});
