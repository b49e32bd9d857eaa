/** Approvals that are to be given by others than all others of the run, wherever these are asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const POST = { id: 'post', record: { system: 'erp', operation: 'one', input: { n: 1 } } };
const SIGN = { id: 'sign', approval: { subject: { n: 1 }, from: 'role:chief' } };
const WORK = { id: 'work', task: { by: 'human', from: 'passport_will' } };
const APART = { id: 'b-apart', on: 'record.write', from: 'role:security', distinctFrom: ['approvers'] };

const opened = async (...asking: readonly object[]): Promise<Testbed> => {
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('both', { roles: ['chief', 'security'] }),
    passport('sam', { roles: ['security'] }),
    passport('will'),
    passport('erp', { kind: 'system' }),
  );
  for (const terms of [APART, ...asking]) {
    const policy = { effect: 'require_approval', within: '8h', ...terms };
    await bed.adopt({ policy });
  }
  return bed;
};

/** What is said to them who approve a task: a code, or that it counts. */
const decide = async (bed: Testbed, who: string, id: string): Promise<string> => {
  const { approval } = await bed.ok('root', 'task.get', { id });
  const asked = { id, outcome: 'approve', subject: approval?.subject ?? '' } as const;
  const said = await bed.operations.call('task.decide', asked, bed.as(who));
  return said.ok ? 'counts' : said.rejection.code;
};

const askedOf = async (bed: Testbed, who: string): Promise<readonly string[]> =>
  (await bed.ok(who, 'task.list', { mine: true })).rows.map(({ id }) => id);

/** The last approval of the run takes somebody else than `both`, who gave another; nor is it in their list. */
const takesAnother = async (bed: Testbed, run: string): Promise<void> => {
  const { id } = await bed.taskOf(run);
  assert.deepEqual(await askedOf(bed, 'both'), []);
  assert.deepEqual(await askedOf(bed, 'sam'), [id]);
  assert.match(await decide(bed, 'both', id), /^(not_eligible|separation_of_duties)$/);
  assert.equal(await decide(bed, 'sam', id), 'counts');
  await bed.close();
};

test('whoever gave one that another policy asks about the same write', async () => {
  const bed = await opened({ id: 'a-first', on: 'record.write', from: 'role:chief' });
  const run = await bed.start(POST);
  const { rows } = await bed.ok('root', 'task.list', { run, open: true });
  assert.equal(await decide(bed, 'both', rows[0]?.id ?? ''), 'counts');
  await takesAnother(bed, run);
});

test('whoever approved a result', async () => {
  const bed = await opened({ id: 'a-result', on: 'task.complete', from: 'role:chief' });
  const run = await bed.start(WORK, POST);
  const { id } = await bed.taskOf(run);
  await bed.ok('will', 'task.start', { id });
  await bed.ok('will', 'task.complete', { id, output: 1 });
  assert.equal(await decide(bed, 'both', (await bed.taskOf(run)).id), 'counts');
  await takesAnother(bed, run);
});

test('whoever let work begin', async () => {
  const bed = await opened({
    id: 'a-begin',
    on: 'task.start',
    when: 'task.kind == "task"',
    from: 'role:chief',
  });
  const run = await bed.start(WORK, POST);
  assert.equal(await decide(bed, 'both', (await bed.taskOf(run)).id), 'counts');
  const { id } = await bed.taskOf(run);
  await bed.ok('will', 'task.start', { id });
  await bed.ok('will', 'task.complete', { id, output: 1 });
  await takesAnother(bed, run);
});

test('whoever approved the start', async () => {
  const bed = await opened({ id: 'a-start', on: 'run.start', from: 'role:chief' });
  const run = await bed.start(POST);
  await bed.ok('both', 'workflow.approve', { id: run });
  await takesAnother(bed, run);
});

test('whoever gave one of the definition, also since it was asked', async () => {
  const bed = await opened();
  const phases = [SIGN, POST].map((step, at) => ({ id: `p${at}`, steps: [step] }));
  await bed.ok('root', 'workflow.save_definition', { document: { id: 'beside', phases } });
  const run = (await bed.ok('root', 'workflow.start', { definition: 'beside' })).id;
  const { rows } = await bed.ok('root', 'task.list', { run, open: true });
  const signed = rows.find(({ step }) => step === 'p0.sign');
  assert.equal(await decide(bed, 'both', signed?.id ?? ''), 'counts');
  await takesAnother(bed, run);
});

test('but one person may give all that the same policy asks about several acts of a run', async () => {
  const bed = await opened();
  const run = await bed.start(POST, { ...POST, id: 'again' });
  for (const _ of [1, 2]) {
    const { id } = await bed.taskOf(run);
    assert.deepEqual(await askedOf(bed, 'both'), [id]);
    assert.equal(await decide(bed, 'both', id), 'counts');
    const { id: record, token } = (await bed.ok('erp', 'task.claim_next', {})).task ?? assert.fail();
    await bed.ok('erp', 'task.complete', { id: record, token, output: {} });
  }
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).status, 'completed');
  await bed.close();
});
