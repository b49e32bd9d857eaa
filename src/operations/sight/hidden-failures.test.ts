/** SEE-2: the words of failures may be those of work that is hidden, also where something else has failed for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const WORK = { id: 'a', task: { by: 'human', from: 'role:clerk' } };
const HIDDEN = { ...WORK, task: { ...WORK.task, visibility: { allocated: 'holder' } } };
const open = () => Testbed.open(passport('bob', { roles: ['clerk'] }), passport('other'));

/** Whether the words are in a run, in the list, and in the events of the run and of all. */
async function told(bed: Testbed, who: string, id: string, words = 'Salary'): Promise<boolean[]> {
  const run = await bed.ok(who, 'workflow.get_run', { id, results: 'all' });
  const { rows } = await bed.ok(who, 'workflow.list_runs', {});
  const { events } = await bed.ok(who, 'run.events', { id });
  const all = await bed.ok(who, 'event.list', { limit: 1000 });
  const mine = all.events.filter((one) => one.run === id);
  return [run, rows.find((one) => one.id === id), events, mine].map((one) =>
    JSON.stringify(one).includes(words),
  );
}
const SEEN = [true, true, true, true];
const NOWHERE = [false, false, false, false];

const statusOf = async (bed: Testbed, id: string) =>
  (await bed.ok('root', 'workflow.get_run', { id })).status;
const take = async (bed: Testbed): Promise<string> => {
  const { rows } = await bed.ok('bob', 'task.list', { mine: true, limit: 1 });
  const id = rows[0]?.id ?? '';
  await bed.ok('bob', 'task.start', { id });
  return id;
};

/** Each definition names the one below twice. */
async function nesting(bed: Testbed, step: object): Promise<string> {
  let id = await bed.define(step);
  for (const _ of ['parent', 'grandparent']) {
    const workflow = { definition: id };
    id = await bed.define({ id: 'n', workflow }, { id: 'm', workflow });
  }
  return id;
}

async function failed(bed: Testbed, definition: string, who = 'root'): Promise<string> {
  const { id: run, status } = await bed.ok(who, 'workflow.start', { definition });
  if (status === 'pending_approval') await bed.ok('root', 'workflow.approve', { id: run });
  await bed.until(async () => (await bed.ok('bob', 'task.list', { mine: true })).rows.length === 1);
  const lost = { code: 'lost', message: 'Salary 1000 is lost' };
  await bed.ok('bob', 'task.fail', { id: await take(bed), ...lost });
  await bed.until(async () => (await statusOf(bed, run)) === 'failed');
  return run;
}

const nested = async (bed: Testbed, step: object): Promise<string> => failed(bed, await nesting(bed, step));

test('a run does not tell what a nested run has failed for where a step of that hides it', async () => {
  const bed = await open();
  assert.deepEqual(await told(bed, 'other', await nested(bed, WORK)), SEEN);
  const id = await nested(bed, HIDDEN);
  assert.deepEqual(await told(bed, 'root', id), SEEN);
  assert.deepEqual(await told(bed, 'other', id), NOWHERE);
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  assert.deepEqual(await told(bed, 'other', await nested(bed, WORK)), NOWHERE);
  await bed.close();
});

test('of runs of one definition each is told to whoever answers for that one', async () => {
  const bed = await open();
  await bed.add(
    passport('owner'),
    passport('robot', { kind: 'agent', owner: 'passport_owner', roles: ['operator'] }),
  );
  const definition = await nesting(bed, HIDDEN);
  const runs = [];
  for (const who of ['root', 'robot', 'root']) runs.push(await failed(bed, definition, who));
  for (const [at, id] of runs.entries())
    assert.deepEqual(await told(bed, 'owner', id), at === 1 ? SEEN : NOWHERE, `run ${at}`);
  await bed.close();
});

test('why an approval was rejected is not told where approvals are hidden, but that it was', async () => {
  const bed = await open();
  const id = await bed.start({ id: 'sign', approval: { from: 'role:clerk', subject: { n: 1 } } });
  const task = await bed.taskOf(id);
  const subject = task.approval?.subject ?? '';
  await bed.ok('bob', 'task.decide', { id: task.id, outcome: 'reject', subject, reason: 'Salary 1000' });
  assert.deepEqual(await told(bed, 'other', id), SEEN);
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder', unallocated: 'candidates' });
  assert.deepEqual(await told(bed, 'root', id), SEEN);
  assert.deepEqual(await told(bed, 'other', id), NOWHERE);
  const { status, failure } = await bed.ok('other', 'workflow.get_run', { id });
  const { events } = await bed.ok('other', 'run.events', { id });
  const last = events.at(-1)?.payload;
  assert.deepEqual([status, failure?.code, last?.['failure']], ['rejected', 'rejected', failure]);
  await bed.close();
});

/** The result is in the words of the failure: they are told of work that all may see, and of work that is hidden to who sees that. */
async function isHiddenWithWork(bed: Testbed, failed: (step: object) => Promise<string>): Promise<void> {
  const words = String.raw`salary\"`;
  assert.deepEqual(await told(bed, 'other', await failed(WORK), words), SEEN);
  const id = await failed(HIDDEN);
  assert.deepEqual(await told(bed, 'root', id, words), SEEN);
  assert.deepEqual(await told(bed, 'other', id, words), NOWHERE);
}

test('what an expression has come upon is not told where it may be a result that is hidden', async () => {
  const bed = await open();
  const failed = async (step: object): Promise<string> => {
    const each = { id: 'b', forEach: '${ phases.p0.a.output }', task: { from: 'role:other' } };
    const id = await bed.start(step, each);
    await bed.ok('bob', 'task.complete', { id: await take(bed), output: { salary: 1000 } });
    assert.equal(await statusOf(bed, id), 'failed');
    return id;
  };
  await isHiddenWithWork(bed, failed);
  await bed.close();
});

test('what an undoing has failed for is not told where it may be a result that is hidden', async () => {
  const bed = await open();
  await bed.add(passport('eve', { roles: ['clerk'] }));
  const undo = { task: { by: 'human', from: '${ phases.p0.a.output }' }, onFailure: 'fail' };
  const sign = { from: 'role:clerk', subject: { n: 1 }, onReject: { redo: 'p0', max: 2 } };
  const failed = async (step: object): Promise<string> => {
    const id = await bed.start({ ...step, compensate: undo }, { id: 'sign', approval: sign });
    await bed.ok('bob', 'task.complete', { id: await take(bed), output: { salary: 1000 } });
    const { id: task, approval } = await bed.taskOf(id);
    const said = { outcome: 'reject', subject: approval?.subject ?? '', reason: 'no' } as const;
    await bed.ok('eve', 'task.decide', { id: task, ...said });
    const { failure } = await bed.ok('root', 'workflow.get_run', { id });
    assert.equal(failure?.code, 'compensation_failed');
    return id;
  };
  await isHiddenWithWork(bed, failed);
  await bed.close();
});

test('why an approval has sent work back is not told where approvals are hidden', async () => {
  const bed = await open();
  const sign = { from: 'role:clerk', onReject: { redo: 'p0', max: 2 } };
  const id = await bed.start(WORK, { id: 'sign', approval: { ...sign, subject: { n: 1 } } });
  await bed.ok('bob', 'task.complete', { id: await take(bed), output: 1 });
  const task = await bed.taskOf(id);
  const subject = task.approval?.subject ?? '';
  await bed.add(passport('eve', { roles: ['clerk'] }));
  await bed.ok('eve', 'task.decide', { id: task.id, outcome: 'reject', subject, reason: 'Salary 1000' });
  const toldTo = async (who: string): Promise<boolean[]> => {
    const { steps } = await bed.ok(who, 'workflow.get_run', { id });
    const { events } = await bed.ok(who, 'run.events', { id });
    const again = events.filter(({ type }) => type === 'run.redone');
    assert.equal(again.length, 1);
    return [steps, again].map((one) => JSON.stringify(one).includes('Salary'));
  };
  assert.deepEqual(await toldTo('other'), [true, true]);
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  assert.deepEqual(await toldTo('root'), [true, true]);
  assert.deepEqual(await toldTo('other'), [false, false]);
  await bed.close();
});

test('a definition that cannot be read hides words, and keeps nobody from reading runs', async () => {
  const bed = await open();
  const id = await bed.start(WORK, WORK);
  await bed.ok('bob', 'task.fail', { id: await take(bed), code: 'lost', message: 'Salary 1000 is lost' });
  await bed.start(WORK, { id: 'b', forEach: '${ phases.p0.a.output }', task: { from: 'role:other' } });
  await bed.ok('bob', 'task.complete', { id: await take(bed), output: { salary: 1000 } });
  const going = await bed.start(WORK);
  await bed.runtime.stop();
  const { document } = bed.store;
  const later = new Testbed(bed.store);
  await later.runtime.start();
  bed.store.document = async (kind, name) => {
    const found = await document.call(bed.store, kind, name);
    return found && kind === 'definition_version'
      ? { ...found, body: { ...found.body, document: { phases: 'none' } } }
      : found;
  };
  const { rows } = await later.ok('other', 'workflow.list_runs', { status: ['failed'] });
  const { events } = await later.ok('other', 'run.events', { id });
  const all = await later.ok('other', 'event.list', { limit: 1000 });
  const failures = [...rows, ...[...events, ...all.events].map(({ payload }) => payload)].flatMap(
    ({ task, failure }: Record<string, unknown>) =>
      failure && !task ? [(failure as { message: string }).message] : [],
  );
  assert.equal(rows.length, 2);
  assert.ok(failures.length >= 4);
  assert.deepEqual(new Set(failures), new Set(['What happened is hidden.']));
  const mine = await later.ok('root', 'task.list', { mine: true, run: going });
  assert.deepEqual(mine.rows, []);
  const own = await later.ok('bob', 'task.list', { mine: true, run: going });
  assert.equal(own.rows.length, 1);
  bed.store.document = document;
  await later.close();
});

test('who has seen the task a run has failed for reads why, whatever else there is to read', async () => {
  const bed = await open();
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  const step = { ...WORK, forEach: '${ input.items }', task: { ...WORK.task, input: '${ input.text }' } };
  const phases = [
    { id: 'p', steps: [step] },
    { id: 'q', needs: ['p'], steps: [WORK] },
  ];
  const limits = { concurrency: 600, tasks: 600 };
  const document = { id: 'large', name: 'Large', limits, phases };
  await bed.ok('root', 'workflow.save_definition', { document });
  const input = { text: 'x'.repeat(60_000), items: Array.from({ length: 160 }, (_, at) => at) };
  const { id } = await bed.ok('root', 'workflow.start', { definition: 'large', input });
  for (const _ of input.items) await bed.ok('bob', 'task.complete', { id: await take(bed), output: null });
  await bed.ok('bob', 'task.fail', { id: await take(bed), code: 'lost', message: 'Salary 1000 is lost' });
  const { failure } = await bed.ok('bob', 'workflow.get_run', { id });
  assert.equal(failure?.message, 'Salary 1000 is lost');
  await bed.close();
});

test('SEE-2: why policies let nobody write quotes what is written to whom it is shown', async () => {
  const bed = await Testbed.open(
    passport('bob', { roles: ['clerk'] }),
    passport('other'),
    passport('officer', { roles: ['administrator'] }),
    passport('erp', { kind: 'system', roles: ['erp'], capabilities: ['erp'] }),
  );
  const input = { amount: '${ phases.p0.a.output }' };
  const run = await bed.start(WORK, { id: 'w', record: { system: 'erp', operation: 'post', input } });
  await bed.ok('bob', 'task.complete', { id: await take(bed), output: 'Salary 1000' });
  const when = 'timestamp(input.amount) > timestamp(now)';
  await bed.adopt({ policy: { id: 'late', on: 'record.write', when, effect: 'deny' } }, 'running');
  const words = async (who: string) => {
    const { rows } = await bed.ok(who, 'workflow.list_runs', {});
    const { verdict } = await bed.ok(who, 'workflow.get_run', { id: run });
    assert.deepEqual(rows[0]?.verdict, verdict);
    assert.equal(verdict.verdict, 'blocked');
    return verdict.reason;
  };
  assert.match(await words('other'), /Salary 1000/);
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder', unallocated: 'candidates' });
  assert.match(await words('root'), /Salary 1000/);
  const plain = 'The condition of policy late has no answer, so it counts.';
  assert.equal(await words('other'), `Policies let nobody do what is asked: ${plain}`);
  await bed.close();
});
