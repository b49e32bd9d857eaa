import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { JsonObject } from '../definition/index.ts';

const agent = passport('agent', { kind: 'agent', capabilities: ['read'], capacity: 5 });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };

test('a definition is saved once, whether it comes as JSON or as YAML', async () => {
  const bed = await Testbed.open();
  const document = {
    id: 'one',
    name: 'One',
    phases: [{ id: 'p', steps: [{ id: 'a', wait: { for: '1s' } }] }],
  };
  const source = 'id: one\nname: One\nphases:\n  - id: p\n    steps: [{ id: a, wait: { for: 1s } }]\n';
  const { definition: first } = await bed.ok('root', 'workflow.save_definition', { document });
  const { definition: same } = await bed.ok('root', 'workflow.save_definition', { source });
  assert.deepEqual(same, first);
  const second = await bed.ok('root', 'workflow.save_definition', { source: source.replace('1s', '2s') });
  assert.equal(second.definition.version, 2);
  assert.deepEqual(
    (await bed.ok('root', 'workflow.get_definition', { id: 'one', version: 1 })).document,
    document,
  );
  assert.equal((await bed.ok('root', 'workflow.get_definition', { id: 'one' })).version, 2);
  assert.equal(
    await bed.no('root', 'workflow.get_definition', { id: 'one', version: 3 }),
    'definition_unknown',
  );
  assert.deepEqual((await bed.ok('root', 'workflow.list_definitions', {})).rows, [second.definition]);
  await bed.close();
});

test('everything that is wrong with a definition is named at once, with its place', async () => {
  const bed = await Testbed.open();
  const document = {
    id: 'x',
    phases: [{ id: 'p', needs: ['q'], steps: [{ id: 'a', task: { inputs: 1 } }, { id: 'a' }] }],
  };
  const { ok, problems } = await bed.ok('root', 'workflow.check_definition', { document });
  assert.equal(ok, false);
  assert.ok(problems.length >= 4, JSON.stringify(problems));
  const outcome = await bed.operations.call('workflow.save_definition', { document }, bed.as('root'));
  assert.ok(!outcome.ok && outcome.rejection.code === 'definition_invalid');
  assert.deepEqual(outcome.rejection.details?.['problems'], problems);
  const text = await bed.ok('root', 'workflow.check_definition', { source: 'id: x\n  phases: [' });
  assert.ok(text.problems[0]?.line && text.problems[0].column, JSON.stringify(text.problems));
  const twice = '{"id":"d","id":"d","phases":[{"id":"a","needs":["zz"],"steps":[]}]}';
  const both = await bed.ok('root', 'workflow.check_definition', { source: twice });
  assert.deepEqual(
    both.problems.map(({ code, path }) => `${code} ${path}`),
    ['duplicate_key id', 'empty_phase phases[0].steps', 'unknown_phase phases[0].needs[0]'],
  );
  const huge =
    '{"id":"d","limits":{"tasks":1e400},"phases":[{"id":"a","steps":[{"id":"s","wait":{"for":"1s"}}]}]}';
  const one = await bed.ok('root', 'workflow.check_definition', { source: huge });
  assert.deepEqual(
    one.problems.map(({ code, path }) => `${code} ${path}`),
    ['invalid_value limits.tasks'],
  );
  const unread = await bed.operations.call('workflow.save_definition', { source: twice }, bed.as('root'));
  assert.ok(!unread.ok);
  assert.deepEqual(unread.rejection.details?.['problems'], both.problems);
  assert.equal(await bed.no('root', 'workflow.save_definition', { source: '{' }), 'definition_invalid');
  assert.equal(await bed.no('root', 'workflow.check_definition', {}), 'request_invalid');
  assert.equal(
    await bed.no('root', 'workflow.check_definition', { document, source: '{}' }),
    'request_invalid',
  );
  await bed.close();
});

test('a definition that nests what is not there yet is saved with a warning', async () => {
  const bed = await Testbed.open();
  const steps = ['later', 'later-still', 'outer'].map((definition, at) => ({
    id: `s${at}`,
    workflow: { definition },
  }));
  const document = { id: 'outer', phases: [{ id: 'p', steps }] };
  const missing = async () => {
    const { ok, problems } = await bed.ok('root', 'workflow.check_definition', { document });
    assert.ok(ok);
    return problems.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
  };
  const warned = [0, 1].map((at) => `warning unknown_definition phases[0].steps[${at}].workflow.definition`);
  assert.deepEqual(await missing(), warned);
  const saved = await bed.ok('root', 'workflow.save_definition', { document });
  assert.equal(saved.problems.length, 2);
  const later = { id: 'later', phases: [{ id: 'p', steps: [{ id: 'a', wait: { for: '1s' } }] }] };
  await bed.ok('root', 'workflow.save_definition', { document: later });
  assert.deepEqual(await missing(), warned.slice(1));
  const wrong = { id: 'x', phases: [{ id: 'p', steps: [{ id: 'a', workflow: { definition: '\0' } }] }] };
  const { problems } = await bed.ok('root', 'workflow.check_definition', { document: wrong });
  assert.ok(problems.some(({ code }) => code === 'invalid_value'));
  await bed.close();
});

test('a definition that names roles and systems of nobody is saved with warnings', async () => {
  const bed = await Testbed.open(
    passport('ann', { roles: ['finance-manager'] }),
    passport('erp', { kind: 'system', owner: 'passport_ann', name: 'erp' }),
  );
  const document = (role: string, system: string) => ({
    id: 'd',
    phases: [
      {
        id: 'p',
        steps: [
          { id: 'a', approval: { subject: 1, from: role } },
          { id: 'b', record: { system, operation: 'post' } },
        ],
      },
    ],
  });
  const problems = async (...names: [role: string, system: string]) =>
    (await bed.ok('root', 'workflow.save_definition', { document: document(...names) })).problems.map(
      ({ severity, code, message }) => `${severity} ${code} ${/Did you mean.*/.exec(message)?.[0]}`,
    );
  assert.deepEqual(await problems('role:finance-manager', 'erp'), []);
  assert.deepEqual(await problems('role:finnance-manager', 'epr'), [
    "warning unknown_role Did you mean 'finance-manager'?",
    "warning unknown_system Did you mean 'erp'?",
  ]);
  await bed.close();
});

test('what only the check before saving refuses is not saved', async () => {
  const bed = await Testbed.open();
  const chain = [{ from: 'role:owner', if: false }];
  const document = { id: 'x', phases: [{ id: 'p', steps: [{ id: 'a', approval: { subject: 1, chain } }] }] };
  const outcome = await bed.operations.call('workflow.save_definition', { document }, bed.as('root'));
  assert.ok(!outcome.ok && outcome.rejection.code === 'definition_invalid');
  assert.match(outcome.rejection.message, /this stage never comes up/);
  await bed.close();
});

test('a run that is held begins when somebody else says yes', async () => {
  const bed = await Testbed.open(
    passport('operator', { roles: ['operator'] }),
    passport('robot', { kind: 'agent', roles: ['operator'] }),
  );
  const definition = await bed.define(READ);
  const { id, status } = await bed.ok('root', 'workflow.start', { definition, hold: true });
  assert.equal(status, 'pending_approval');
  assert.equal(await bed.no('root', 'workflow.approve', { id }), 'separation_of_duties');
  assert.equal(await bed.no('robot', 'workflow.approve', { id }), 'human_required');
  assert.equal(await bed.no('robot', 'workflow.reject', { id }), 'human_required');
  const byRobot = await bed.ok('robot', 'workflow.start', { definition, hold: true });
  assert.equal(
    await bed.no('root', 'workflow.approve', { id: byRobot.id }),
    'separation_of_duties',
    'its owner',
  );
  assert.equal((await bed.ok('operator', 'workflow.approve', { id, reason: 'go' })).status, 'running');
  assert.equal((await bed.ok('operator', 'workflow.reject', { id: byRobot.id })).status, 'rejected');
  assert.equal(await bed.no('operator', 'workflow.approve', { id }), 'run_status');
  assert.equal(await bed.no('operator', 'workflow.approve', { id: 'run_none' }), 'run_unknown');
  await bed.close();
});

test('a run is paused, stopped, resumed with other limits, signalled and cancelled', async () => {
  const bed = await Testbed.open(agent);
  const id = await bed.start(READ, { id: 'b', wait: { signal: 'go' } });
  const { task } = await bed.ok('agent', 'task.claim_next', {});
  assert.equal((await bed.ok('root', 'workflow.pause', { id })).status, 'paused');
  await bed.ok('agent', 'task.complete', { id: task?.id ?? '', token: task?.token ?? 0 });
  assert.equal((await bed.ok('root', 'workflow.stop', { id, reason: 'lunch' })).status, 'stopped');
  assert.equal(await bed.no('root', 'workflow.stop', { id }), 'run_status');
  const limits = { tasks: 50, tokens: 9, cost: { amount: 2, currency: 'EUR' } };
  assert.equal((await bed.ok('root', 'workflow.resume', { id, limits })).status, 'running');
  const run = await bed.ok('root', 'workflow.get_run', { id });
  assert.deepEqual([run.limits.tasks, run.limits.tokens, run.limits.cost], [50, 9, limits.cost]);
  assert.deepEqual(run.steps[1]?.waits, [{ slot: 0, until: null, signal: 'go' }]);
  assert.equal(await bed.no('root', 'workflow.signal', { id, signal: 'other' }), 'signal_unknown');
  assert.equal(
    (await bed.ok('root', 'workflow.signal', { id, signal: 'go', payload: { a: 1 } })).status,
    'completed',
  );
  const other = await bed.start(READ);
  assert.equal((await bed.ok('root', 'workflow.cancel', { id: other })).status, 'cancelled');
  await bed.close();
});

test('a list shows of a run that is paused, stopped or at its end what the run itself says', async () => {
  const bed = await Testbed.open(agent);
  const id = await bed.start({ ...READ, forEach: [1, 2] }, { id: 'b', wait: { signal: 'go' } });
  const shown = async () => {
    const { rows } = await bed.ok('root', 'workflow.list_runs', {});
    const run = await bed.ok('root', 'workflow.get_run', { id });
    const of = ({ status, open, usage, updatedAt }: (typeof rows)[number]) => ({
      status,
      open,
      usage,
      updatedAt,
    });
    assert.deepEqual(rows.map(of), [of(run)]);
    return of(run);
  };
  const held = [await bed.ok('agent', 'task.claim_next', {}), await bed.ok('agent', 'task.claim_next', {})];
  const report = (at: number) => {
    const { id: task, token } = held[at]!.task!;
    return bed.ok('agent', 'task.complete', { id: task, token, usage: { tokens: 500, cost: 3 } });
  };
  await bed.ok('root', 'workflow.pause', { id });
  assert.equal((await shown()).open.working, 2);
  bed.clock.move(1000);
  await report(0);
  const paused = await shown();
  assert.deepEqual([paused.open.working, paused.usage.tokens], [1, 500]);
  await report(1);
  assert.equal((await shown()).usage.tokens, 1000);
  await bed.ok('root', 'workflow.stop', { id });
  assert.equal((await shown()).status, 'stopped');
  await bed.ok('root', 'workflow.cancel', { id });
  assert.equal((await shown()).status, 'cancelled');
  await bed.close();
});

test('the verdict is the same in the list and of the run: whether it waits, for whom, and that nobody is there', async () => {
  const bed = await Testbed.open(agent, passport('boss', { roles: ['boss'] }));
  const expected = new Map<string, string>();
  expected.set(await bed.start(READ), 'running');
  expected.set(await bed.start({ id: 'a', task: { requires: ['fly'], by: 'agent' } }), 'stranded');
  expected.set(
    await bed.start({ id: 'a', approval: { subject: 1, from: 'role:boss' } }),
    'awaiting_approval',
  );
  expected.set(
    await bed.start({ id: 'a', approval: { subject: 1, from: 'role:boss', quorum: 2 } }),
    'stranded',
  );
  expected.set(await bed.start({ id: 'a', task: { by: 'human', from: 'role:boss' } }), 'awaiting_human');
  expected.set(await bed.start({ id: 'a', wait: { for: '1h' } }), 'running');
  const stopped = await bed.start(READ);
  await bed.ok('root', 'workflow.stop', { id: stopped });
  expected.set(stopped, 'stopped');
  const { rows } = await bed.ok('root', 'workflow.list_runs', {});
  assert.deepEqual(
    new Map(rows.map(({ id, verdict }) => [id, verdict.verdict]).toReversed() as [string, string][]),
    expected,
  );
  for (const row of rows) {
    const { id, definition, status, verdict, usage, open } = await bed.ok('root', 'workflow.get_run', {
      id: row.id,
    });
    assert.deepEqual(
      { id, definition, status, verdict, usage, open },
      {
        id: row.id,
        definition: row.definition,
        status: row.status,
        verdict: row.verdict,
        usage: row.usage,
        open: row.open,
      },
    );
  }
  const stranded = rows.find(({ verdict }) => verdict.missing?.some((what) => what.includes('fly')));
  assert.ok(stranded);
  await bed.add(passport('bird', { kind: 'agent', capabilities: ['fly'] }));
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: stranded.id })).verdict.verdict, 'running');
  await bed.close();
});

test('a run is stranded when the only one who could decide took part in the work', async () => {
  const bed = await Testbed.open(
    passport('boss', { roles: ['boss'] }),
    passport('worker', { kind: 'agent', owner: 'passport_boss', capabilities: ['read'] }),
  );
  const id = await bed.start(READ, {
    id: 'b',
    approval: { subject: '${ phases.p0.a.output }', from: 'role:boss' },
  });
  const { task } = await bed.ok('worker', 'task.claim_next', {});
  await bed.ok('worker', 'task.complete', { id: task?.id ?? '', token: task?.token ?? 0, output: 1 });
  const { verdict } = await bed.ok('root', 'workflow.get_run', { id });
  assert.equal(verdict.verdict, 'stranded');
  assert.match(verdict.missing?.[0] ?? '', /took no part/);
  await bed.close();
});

test('the stream of the organisation, though it has a ledger, is no run', async () => {
  const bed = await Testbed.open();
  const id = 'organisation';
  for (const operation of ['workflow.resume', 'workflow.cancel', 'workflow.approve'] as const)
    assert.equal(await bed.no('root', operation, { id }), 'run_unknown', operation);
  await bed.close();
});

test('lists go by page and filter; results of large steps come when they are asked for', async () => {
  const bed = await Testbed.open(agent);
  const forEach = Array.from({ length: 300 }, (_, at) => at);
  const many = await bed.start({
    id: 'a',
    task: { by: 'agent', requires: ['fly'] },
    forEach,
  });
  for (let at = 0; at < 4; at += 1) await bed.start(READ);
  const first = await bed.ok('root', 'workflow.list_runs', { limit: 3 });
  const second = await bed.ok('root', 'workflow.list_runs', { limit: 3, cursor: first.next ?? '' });
  assert.deepEqual([first.rows.length, second.rows.length, second.next], [3, 2, null]);
  assert.equal((await bed.ok('root', 'workflow.list_runs', { status: ['completed'] })).rows.length, 0);
  const { steps, tasks } = await bed.ok('root', 'workflow.get_run', { id: many });
  assert.deepEqual([steps[0]?.outputs, steps[0]?.progress.total], [null, 300]);
  assert.ok(tasks.length > 0 && tasks.length <= 200);
  assert.ok((await bed.ok('root', 'workflow.get_run', { id: many, results: 'all' })).steps[0]?.outputs);
  await bed.close();
});

test('input that is not what the definition asks for, or that no record can hold, is refused', async () => {
  const bed = await Testbed.open();
  const document = {
    id: 'typed',
    input: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
    phases: [{ id: 'p', steps: [{ id: 'a', wait: { for: '1h' } }] }],
  };
  await bed.ok('root', 'workflow.save_definition', { document });
  assert.equal(await bed.no('root', 'workflow.start', { definition: 'typed' }), 'input_invalid');
  assert.equal(await bed.no('root', 'workflow.start', { definition: 'none' }), 'definition_unknown');
  assert.equal(
    await bed.no('root', 'workflow.start', { definition: 'typed', version: 7 }),
    'definition_unknown',
  );
  for (const n of [Infinity, Number.NaN, '\ud800'])
    assert.equal(
      await bed.no('root', 'workflow.start', { definition: 'typed', input: { n } }),
      'request_invalid',
    );
  assert.equal(
    await bed.no('root', 'workflow.start', { definition: 'typed', input: { n: 1 }, priority: 11 }),
    'request_invalid',
  );
  await bed.ok('root', 'workflow.start', { definition: 'typed', input: { n: 1 } });
  await bed.close();
});

test('events are read by cursor, each once, in one run and over all', async () => {
  const bed = await Testbed.open();
  const id = await bed.start({ id: 'a', wait: { for: '1h' } });
  const all = (await bed.ok('root', 'event.list', { limit: 1000 })).events;
  assert.deepEqual(
    all.map(({ index }) => index),
    all.map((_, at) => at),
  );
  const own: string[] = [];
  let after = 0;
  for (;;) {
    const { events, next } = await bed.ok('root', 'run.events', { id, after, limit: 1 });
    if (events.length === 0) break;
    own.push(...events.map(({ hash }) => hash));
    after = next;
  }
  assert.deepEqual(
    own,
    all.filter(({ run }) => run === id).map(({ hash }) => hash),
  );
  assert.deepEqual(await bed.ok('root', 'run.events', { id, after }), { events: [], next: after });
  assert.equal(await bed.no('root', 'run.events', { id: 'organisation' }), 'run_unknown');
  await bed.close();
});

test('expressions take texts apart between characters, and one that fails by one is told in whole ones', async () => {
  const bed = await Testbed.open(agent);
  const read = async (run: string, output: JsonObject | null) => {
    const { task } = await bed.ok('agent', 'task.claim_next', {});
    assert.equal(task?.run, run);
    await bed.ok('agent', 'task.complete', { id: task?.id ?? '', token: task?.token ?? 0, output });
    return task;
  };
  const next = (input: string) => ({ id: 'b', task: { requires: ['read'], by: 'agent', input } });
  const run = await bed.start(READ, next('${ phases.p0.a.output.name.substring(0, 1) }'));
  await read(run, { name: '😀 Smith' });
  assert.deepEqual((await read(run, null))?.input, '😀');
  const long = `\${ '${'x'.repeat(110)}😀😀😀😀😀' + phases.p0.a.output.none }`;
  for (const before of ['', 'x']) {
    const failing = await bed.start(READ, next(long.replace('x', `x${before}`)));
    await read(failing, {});
    const { failure } = await bed.ok('root', 'workflow.get_run', { id: failing });
    assert.equal(failure?.code, 'expression_failed');
  }
  await bed.close();
});

test('a run whose results are said to be in the input is one that there is, and every other is named', async () => {
  const bed = await Testbed.open(agent);
  const source = await bed.start(READ);
  const definition = await bed.define(READ);
  const start = (...sources: string[]) =>
    bed.operations.call('workflow.start', { definition, sources }, bed.as('root'));
  const { ok, ...refused } = await start(source, 'run_nope', 'run_never');
  assert.ok(!ok && 'rejection' in refused);
  assert.equal(refused.rejection.code, 'run_unknown');
  assert.match(refused.rejection.message, /^There is no run run_nope, run_never\b/);
  assert.equal((await bed.ok('root', 'workflow.list_runs', {})).rows.length, 1, 'nothing was started');
  assert.ok((await start(source)).ok && (await start()).ok);
  await bed.close();
});
