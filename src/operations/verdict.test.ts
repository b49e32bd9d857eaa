import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { claimOf } from '../routing/index.ts';

const AGREE = { id: 'a', approval: { subject: 1, from: 'role:clerk' } };
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const WAIT = { id: 'a', wait: { signal: 'go' } };

class Family {
  readonly bed: Testbed;
  readonly parent: string;

  private constructor(bed: Testbed, parent: string) {
    this.bed = bed;
    this.parent = parent;
  }

  /** A run that does nothing but have these steps done, each by a run of its own, side by side; so many levels deep. */
  static async open(steps: readonly object[], levels = 1): Promise<Family> {
    const bed = await Testbed.open(
      passport('ann', { roles: ['clerk'] }),
      passport('bot', { kind: 'agent', capabilities: ['read'] }),
    );
    let inner = await Promise.all(steps.map((step) => bed.define(step)));
    for (let level = 1; level < levels; level += 1)
      inner = await Promise.all(inner.map((definition) => bed.define({ id: 'c', workflow: { definition } })));
    const children = inner.map((definition, at) => ({ id: `c${at}`, workflow: { definition } }));
    const id = `d${bed.clock.now()}`;
    await bed.ok('root', 'workflow.save_definition', {
      document: { id, name: 'Test', phases: [{ id: 'p', steps: children }] },
    });
    const parent = (await bed.ok('root', 'workflow.start', { definition: id })).id;
    const runs = 1 + steps.length * levels;
    await bed.until(async () => (await bed.ok('root', 'workflow.list_runs', {})).rows.length === runs);
    return new Family(bed, parent);
  }

  /** The same for everybody who looks. */
  async verdict() {
    const { verdict } = await this.bed.ok('root', 'workflow.get_run', { id: this.parent });
    const { rows } = await this.bed.ok('root', 'workflow.list_runs', {});
    assert.deepEqual(rows.find(({ id }) => id === this.parent)?.verdict, verdict);
    return verdict;
  }

  async child(at = 0): Promise<string> {
    const { steps } = await this.bed.ok('root', 'workflow.get_run', { id: this.parent });
    return steps[at]?.children[0] ?? assert.fail('there is a child');
  }
}

describe('a run of which nothing is asked but what its children do is as they are', () => {
  test('where a child is stopped, and when it goes on', async () => {
    const family = await Family.open([READ]);
    const id = await family.child();
    await family.bed.ok('root', 'workflow.stop', { id });
    const stopped = await family.verdict();
    assert.equal(stopped.verdict, 'stopped');
    assert.ok(stopped.reason.startsWith(`Run ${id}: `), stopped.reason);
    await family.bed.ok('root', 'workflow.resume', { id });
    const { verdict, reason } = await family.verdict();
    assert.deepEqual([verdict, reason], ['running', `Run ${id}: Work waits for an agent to take it.`]);
    await family.bed.close();
  });

  test('where nobody can do what a child asks for, at any depth', async () => {
    const family = await Family.open([{ id: 'a', task: { requires: ['sing'], by: 'agent' } }], 3);
    const { verdict, reason, missing } = await family.verdict();
    assert.equal(verdict, 'stranded');
    assert.match(missing?.join() ?? '', /nobody has sing/);
    assert.match(reason, /^Run [^ ]+~p\.c0~1\.1~p0\.c~1\.1~p0\.c~1\.1: Nobody can do/, 'the run that is');
    await family.bed.close();
  });

  test('where a child waits for an approval, until it is given', async () => {
    const family = await Family.open([WAIT, AGREE]);
    const id = await family.child(1);
    const { verdict, reason } = await family.verdict();
    assert.deepEqual([verdict, reason], ['awaiting_approval', `Run ${id}: The run waits for an approval.`]);
    const task = await family.bed.taskOf(id);
    const subject = task.approval?.subject ?? '';
    await family.bed.ok('ann', 'task.decide', { id: task.id, outcome: 'approve', subject });
    assert.equal((await family.verdict()).verdict, 'running');
    await family.bed.close();
  });

  test('where one of them needs somebody to act, whatever the others do', async () => {
    const family = await Family.open([READ, { id: 'a', task: { requires: ['sing'], by: 'agent' } }, AGREE]);
    assert.equal((await family.verdict()).verdict, 'stranded');
    await family.bed.close();
  });
});

test('a run that is paused or stopped holds what runs under it, at any depth, until it goes on', async () => {
  for (const [operation, status] of [
    ['workflow.pause', 'paused'],
    ['workflow.stop', 'stopped'],
  ] as const) {
    const family = await Family.open([READ], 2);
    const { bed, parent } = family;
    const rows = async () => (await bed.ok('root', 'workflow.list_runs', {})).rows;
    const are = (status: string) =>
      bed.until(async () => (await rows()).every((run) => run.status === status));
    await bed.ok('root', operation, { id: parent });
    await are(status);
    const deep = (await rows()).find(({ id }) => id.split('~').length === 5)?.id ?? assert.fail();
    const { verdict } = await bed.ok('root', 'workflow.get_run', { id: deep });
    assert.deepEqual(verdict, (await rows()).find(({ id }) => id === deep)?.verdict);
    assert.equal(verdict.verdict, 'stopped');
    const above = deep.slice(0, deep.lastIndexOf('~p0'));
    assert.ok(verdict.reason.startsWith(`The run is ${status} because run ${above}, `), verdict.reason);
    assert.equal((await bed.ok('bot', 'task.claim_next', {})).task, null);
    assert.equal(await bed.no('root', 'workflow.resume', { id: deep }), 'run_status');
    await bed.ok('root', 'workflow.resume', { id: parent });
    await are('running');
    assert.ok((await bed.ok('bot', 'task.claim_next', {})).task);
    await bed.close();
  }
});

test('a page of runs that wait in others looks at no more of these than it has time for, and says nothing false of the rest', async () => {
  const bed = await Testbed.open(passport('bot', { kind: 'agent', capabilities: ['read'] }));
  const definition = await bed.define(READ);
  const parent = 'many';
  const step = { id: 'c', workflow: { definition }, forEach: '${ input }' };
  const document = {
    id: parent,
    name: 'Test',
    limits: { concurrency: 16 },
    phases: [{ id: 'p', steps: [step] }],
  };
  await bed.ok('root', 'workflow.save_definition', { document });
  const input = Array.from({ length: 16 }, (_, at) => at);
  for (let at = 0; at < 20; at += 1) await bed.ok('root', 'workflow.start', { definition: parent, input });
  const all = async () =>
    (await bed.ok('root', 'workflow.list_runs', { definition, limit: 1000 })).rows.length;
  await bed.until(async () => (await all()) === 20 * 16);
  const { runs } = bed.runtime;
  const state = runs.state.bind(runs);
  let read = 0;
  Object.assign(runs, { state: (run: string) => ((read += 1), state(run)) });
  const { rows } = await bed.ok('root', 'workflow.list_runs', { definition: parent });
  assert.deepEqual(new Set(rows.map(({ verdict }) => verdict.verdict)), new Set(['running']));
  for (const { verdict } of rows) assert.match(verdict.reason, /^Run /);
  assert.ok(read <= 20 + 20 + 256, `${read} states`);
  await bed.close();
});

test('of many runs that wait for a child run each, each row of a list says what the run says', async () => {
  const bed = await Testbed.open(passport('ann', { roles: ['clerk'] }));
  const parent = await bed.define({ id: 'c', workflow: { definition: await bed.define(AGREE) } });
  for (let at = 0; at < 40; at += 1) await bed.ok('root', 'workflow.start', { definition: parent });
  const list = () => bed.ok('root', 'workflow.list_runs', { limit: 1000 });
  await bed.until(async () => (await list()).rows.length === 80);
  for (const { id, verdict } of (await list()).rows)
    assert.deepEqual(verdict, (await bed.ok('root', 'workflow.get_run', { id })).verdict);
  await bed.close();
});

/** How often it is asked who the people are, of whom there are so many, in a list of runs for any of them that a policy denies. */
const asking = async (people: number, runs: number, when: string) => {
  const clerks = Array.from({ length: people }, (_, at) => passport(`c${at}`, { roles: ['clerk'] }));
  const bed = await Testbed.open(passport('officer', { roles: ['compliance'] }), ...clerks);
  await bed.adopt({ policy: { id: 'closed', on: 'task.assign', effect: 'deny', when } });
  const definition = await bed.define({ id: 'a', task: { by: 'human', from: 'role:clerk' } });
  for (let at = 0; at < runs; at += 1)
    await bed.ok('root', 'workflow.start', { definition, priority: 1 + (at % 2) });
  const { organisation } = bed.runtime;
  const passportOf = organisation.passport.bind(organisation);
  let asked = 0;
  Object.assign(organisation, { passport: (id: string) => ((asked += 1), passportOf(id)) });
  const { rows } = await bed.ok('root', 'workflow.list_runs', { limit: 1000 });
  await bed.close();
  return { asked, verdicts: rows.map(({ priority, verdict }) => [priority, verdict.verdict].join(' ')) };
};

test('what policies say of the runs of a page is asked once for those of which they read the same', async () => {
  const { asked, verdicts } = await asking(50, 40, 'candidate.kind == "human" && run.priority == 1');
  assert.deepEqual([...new Set(verdicts)].toSorted(), ['1 blocked', '2 awaiting_human']);
  assert.ok(asked < 500, `${asked} times`);
});

test('a page asks policies no more than it has time for, and says nothing false of the rest', async () => {
  const { asked, verdicts } = await asking(900, 30, 'run.id != "x" && candidate.kind == "human"');
  assert.deepEqual([...new Set(verdicts.map((one) => one.slice(2)))].toSorted(), [
    'awaiting_human',
    'blocked',
  ]);
  assert.ok(asked < 85_000, `${asked} times`);
});

test('of runs with more different items than are asked about one by one, each row says what the run says', async () => {
  const claimOn = (atMost: number) => [
    claimOf({ capability: 'refund', constraints: [{ fact: 'amount', atMost }] }),
  ];
  const more = { capabilities: ['refund'] };
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('ann', { ...more, claims: claimOn(100_000) }),
    passport('bob', { ...more, claims: claimOn(500) }),
  );
  const when = 'candidate.id == "passport_ann"';
  await bed.adopt({ policy: { id: 'not-ann', on: 'task.assign', effect: 'deny', when } });
  const task = { requires: ['refund'], by: 'human', input: { amount: '${ item }' } };
  const step = { id: 'a', task, forEach: '${ input.amounts }' };
  const document = {
    id: 'refunds',
    name: 'Refunds',
    limits: { concurrency: 100 },
    phases: [{ id: 'p', steps: [step] }],
  };
  await bed.ok('root', 'workflow.save_definition', { document });
  const few = Array.from({ length: 64 }, (_, at) => at);
  for (const last of [200, 50_000, 200])
    await bed.ok('root', 'workflow.start', { definition: 'refunds', input: { amounts: [...few, last] } });
  const { rows } = await bed.ok('root', 'workflow.list_runs', {});
  assert.equal(new Set(rows.map(({ verdict }) => verdict.verdict)).size, 2);
  for (const { id, verdict } of rows)
    assert.deepEqual(verdict, (await bed.ok('root', 'workflow.get_run', { id })).verdict);
  await bed.close();
});

test('what is put aside by somebody who is gone is first resumed, and then given back where they had begun', async () => {
  const bed = await Testbed.open(
    passport('ann', { roles: ['clerk'] }),
    passport('bob', { roles: ['clerk'] }),
  );
  const task = { by: 'human', from: 'role:clerk' };
  const [run, second] = [await bed.start({ id: 'a', task }), await bed.start({ id: 'a', task })];
  const { id } = await bed.taskOf(run);
  const { id: other } = await bed.taskOf(second);
  await bed.ok('ann', 'task.start', { id });
  await bed.ok('ann', 'task.suspend', { id });
  await bed.ok('bob', 'task.claim', { id: other });
  await bed.ok('bob', 'task.suspend', { id: other });
  await bed.ok('root', 'participant.revoke', { id: 'passport_ann' });
  const missing = async (of = run) =>
    (await bed.ok('root', 'workflow.get_run', { id: of })).verdict?.missing?.join();
  assert.match((await missing()) ?? '', /\(after task\.resume, task\.release gives it back\)$/);
  await bed.ok('root', 'task.resume', { id });
  await bed.ok('root', 'task.release', { id });
  assert.equal(await missing(), undefined);
  await bed.ok('root', 'participant.revoke', { id: 'passport_bob' });
  assert.match((await missing(second)) ?? '', /\(task\.resume gives it back\)$/);
  await bed.ok('root', 'task.resume', { id: other });
  await bed.until(async () => (await bed.taskOf(second)).assignee === null);
  await bed.close();
});
