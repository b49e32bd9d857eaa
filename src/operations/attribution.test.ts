/** Who the ledger says did it, for whom, and on whose authority (promise 2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

/** The last event of a type: the authority that it names. */
async function groundOf(bed: Testbed, run: string, type: string): Promise<string> {
  const { events } = await bed.ok('root', 'run.events', { id: run, limit: 1000 });
  const { authority } = events.findLast((event) => event.type === type) ?? assert.fail(`no ${type}`);
  return [authority.kind, authority.id].join(':');
}

const CLERKS = { id: 'a', task: { by: 'human', from: 'role:clerk', skippable: true, delegates: 'anybody' } };
const FORCED = { output: 1, reason: 'it has to be' };

test('what an administrator does is done as one, also with a task that they have taken', async () => {
  const bed = await Testbed.open(passport('clerk', { roles: ['clerk'] }));
  const taken = async () => {
    const run = await bed.start(CLERKS);
    const { id } = await bed.taskOf(run);
    await bed.ok('root', 'task.start', { id });
    assert.equal(await groundOf(bed, run, 'task.started'), 'role:administrator');
    return { run, id };
  };
  const completed = await taken();
  await bed.ok('root', 'task.complete', { id: completed.id });
  assert.equal(await groundOf(bed, completed.run, 'task.completed'), 'role:administrator');
  const forced = await taken();
  await bed.ok('root', 'task.force_complete', { id: forced.id, ...FORCED });
  assert.equal(await groundOf(bed, forced.run, 'task.completed'), 'role:administrator');
  const failed = await taken();
  await bed.ok('root', 'task.force_fail', { id: failed.id, reason: 'it has to' });
  assert.equal(await groundOf(bed, failed.run, 'task.failed'), 'role:administrator');
  const skipped = await taken();
  await bed.ok('root', 'task.skip', { id: skipped.id });
  assert.equal(await groundOf(bed, skipped.run, 'task.skipped'), 'role:administrator');
  await bed.close();
});

test('who administers a task and does it as its owner acts on what makes it theirs, and forces it as administrator', async () => {
  const bed = await Testbed.open(
    passport('clerk', { roles: ['clerk'] }),
    passport('both', { roles: ['clerk', 'operator'] }),
  );
  const begun = async (who: string) => {
    const run = await bed.start(CLERKS);
    const { id } = await bed.taskOf(run);
    await bed.ok(who, 'task.start', { id });
    return { run, id };
  };
  const own = await begun('both');
  await bed.ok('both', 'task.complete', { id: own.id });
  assert.equal(await groundOf(bed, own.run, 'task.completed'), 'role:clerk');
  const forced = await begun('both');
  await bed.ok('both', 'task.force_complete', { id: forced.id, ...FORCED });
  assert.equal(await groundOf(bed, forced.run, 'task.completed'), 'role:operator');
  const passed = await begun('clerk');
  await bed.ok('clerk', 'task.delegate', { id: passed.id, to: 'passport_root' });
  await bed.ok('root', 'task.start', { id: passed.id });
  await bed.ok('root', 'task.complete', { id: passed.id });
  assert.match(await groundOf(bed, passed.run, 'task.completed'), /^definition:/);
  await bed.close();
});

test('a child run is opened by the engine, and started by whoever started its parent', async () => {
  const bed = await Testbed.open(
    passport('clerk', { roles: ['clerk'] }),
    passport('ivy', { roles: ['operator'] }),
  );
  const child = await bed.define(CLERKS);
  const definition = await bed.define(CLERKS, { id: 'b', workflow: { definition: child } });
  const parent = (await bed.ok('ivy', 'workflow.start', { definition })).id;
  await bed.ok('root', 'participant.revoke', { id: 'passport_ivy' });
  const { id } = await bed.taskOf(parent);
  await bed.ok('clerk', 'task.start', { id });
  await bed.ok('clerk', 'task.complete', { id });
  const children = async () => (await bed.ok('root', 'workflow.list_runs', { parent })).rows;
  await bed.until(async () => (await children()).length > 0);
  const [run] = await children();
  assert.equal(run?.startedBy, 'passport_ivy');
  const { events } = await bed.ok('root', 'run.events', { id: run?.id ?? '' });
  const [{ actor, onBehalfOf, authority } = assert.fail()] = events;
  const by = {
    actor: 'system:humanos',
    onBehalfOf: 'passport_ivy',
    authority: { kind: 'system', id: `parent:${parent}` },
  };
  assert.deepEqual({ actor, onBehalfOf, authority }, by);
  await bed.close();
});
