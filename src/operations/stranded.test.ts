import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { claimOf } from '../routing/index.ts';

const agent = (id: string, changes = {}) =>
  passport(id, { kind: 'agent', capabilities: ['read'], ...changes });
const clerk = (id: string) => passport(id, { roles: ['clerk'] });
const step = (id: string, task: object) => ({ id, task });
const reading = (more = {}) => step('a', { requires: ['read'], by: 'agent', ...more });

const verdictOf = async (bed: Testbed, id: string) =>
  (await bed.ok('root', 'workflow.get_run', { id })).verdict;

const isStranded = async (bed: Testbed, run: string, missing: RegExp): Promise<void> => {
  const verdict = await verdictOf(bed, run);
  assert.equal(verdict.verdict, 'stranded', verdict.reason);
  assert.match(verdict.missing?.join('; ') ?? '', missing);
};

/** Once what is missing is there, whoever comes is given the work. */
const goesOn = async (
  bed: Testbed,
  run: string,
  who: string,
  help: () => Promise<unknown>,
): Promise<void> => {
  await help();
  assert.equal((await verdictOf(bed, run)).verdict, 'running');
  const { task } = await bed.ok(who, 'task.claim_next', {});
  assert.equal(task?.run, run);
  await bed.ok(who, 'task.complete', { id: task?.id ?? '', token: task?.token ?? 0, output: 1 });
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).status, 'completed');
};

describe('a run is stranded, says what is missing, and goes on by itself when that appears', () => {
  test('where nobody has a capability', async () => {
    const bed = await Testbed.open(agent('bot'));
    const run = await bed.start(step('a', { requires: ['read', 'sing'], by: 'agent' }));
    await isStranded(bed, run, /nobody has sing/);
    await goesOn(bed, run, 'bot', () =>
      bed.ok('root', 'claim.grant', { participant: 'passport_bot', capability: 'sing' }),
    );
    await bed.close();
  });

  test('where the only one who has it is suspended', async () => {
    const bed = await Testbed.open(agent('bot'));
    const id = 'passport_bot';
    await bed.ok('root', 'participant.suspend', { id, reason: 'wrong totals' });
    const run = await bed.start(reading());
    await isStranded(bed, run, /passport_bot may not act \(suspended\)/);
    await goesOn(bed, run, 'bot', () => bed.ok('root', 'participant.unsuspend', { id }));
    await bed.close();
  });

  test('also in the list of runs, where the only one who could has given the work back', async () => {
    const bed = await Testbed.open(agent('bot'));
    const answer = bed.ok('bot', 'task.claim_next', { waitSeconds: 60 });
    await bed.until(() => bed.runtime.organisation.directory.isPresent('passport_bot'));
    const run = await bed.start(reading());
    const { task } = await answer;
    const { id, token } = task ?? assert.fail('there is work');
    await bed.ok('bot', 'task.release', { id, token });
    await bed.ok('root', 'participant.suspend', { id: 'passport_bot', reason: 'wrong totals' });
    await isStranded(bed, run, /passport_bot may not act \(suspended\)/);
    const { rows } = await bed.ok('root', 'workflow.list_runs', {});
    assert.deepEqual(rows[0]?.verdict, await verdictOf(bed, run));
    await bed.close();
  });

  test('where the only claim expires', async () => {
    const bed = await Testbed.open(agent('other', { capabilities: ['write'] }));
    const expiresAt = bed.clock.now() + 1000;
    const claims = [claimOf({ capability: 'read', expiresAt })];
    await bed.add(agent('bot', { claims, capabilities: [] }));
    const run = await bed.start(reading());
    assert.equal((await verdictOf(bed, run)).verdict, 'running');
    bed.clock.move(2000);
    await isStranded(bed, run, /passport_bot had read, which has expired/);
    await goesOn(bed, run, 'bot', () =>
      bed.ok('root', 'claim.grant', { participant: 'passport_bot', capability: 'read', expiresAt: null }),
    );
    await bed.close();
  });

  test('where the only one is excluded, for what they did before', async () => {
    const bed = await Testbed.open(clerk('ann'));
    const run = await bed.start(
      step('a', { by: 'human', from: 'role:clerk' }),
      step('b', { by: 'human', from: 'role:clerk', separateFrom: ['p0.a'] }),
    );
    const { id } = await bed.taskOf(run);
    await bed.ok('ann', 'task.start', { id });
    await bed.ok('ann', 'task.complete', { id, output: 1 });
    await isStranded(bed, run, /passport_ann took part in work that this is to be separate from/);
    await bed.add(clerk('bo'));
    assert.equal((await verdictOf(bed, run)).verdict, 'awaiting_human');
    await bed.until(async () => (await bed.taskOf(run)).status === 'ready');
    const second = await bed.taskOf(run);
    assert.equal(await bed.no('ann', 'task.start', { id: second.id }), 'not_eligible');
    await bed.ok('bo', 'task.start', { id: second.id });
    await bed.ok('bo', 'task.complete', { id: second.id, output: 1 });
    assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).status, 'completed');
    await bed.close();
  });

  test('where nobody could decide in a later stage of an approval, before its turn and when it has come', async () => {
    const person = (id: string, role: string) => passport(id, { roles: [role] });
    const bed = await Testbed.open(person('lead', 'lead'));
    const chain = [
      { from: 'role:lead', quorum: 1 },
      { from: 'role:board', quorum: 2 },
    ];
    const run = await bed.start({ id: 'a', approval: { subject: 7, chain } });
    const waits = async () => assert.equal((await verdictOf(bed, run)).verdict, 'awaiting_approval');
    const approve = async (who: string): Promise<void> => {
      const { id, approval } = await bed.taskOf(run);
      await bed.ok(who, 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
    };
    await isStranded(bed, run, /2 times .*board/);
    await bed.add(person('ann', 'board'));
    await isStranded(bed, run, /2 times .*board/);
    await bed.add(person('bo', 'board'));
    await waits();
    await approve('lead');
    await waits();
    await approve('ann');
    await waits();
    await bed.ok('root', 'participant.suspend', { id: 'passport_bo', reason: 'gone' });
    await isStranded(bed, run, /board/);
    await bed.add(person('cy', 'board'));
    await approve('cy');
    assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).status, 'completed');
    await bed.close();
  });

  test('where too few are left to approve, and also when one of these has', async () => {
    const manager = (id: string) => passport(id, { roles: ['manager'] });
    const bed = await Testbed.open(manager('maria'), manager('omar'));
    const run = await bed.start({ id: 'a', approval: { subject: 7, from: 'role:manager', quorum: 2 } });
    const approve = async (who: string): Promise<void> => {
      const { id, approval } = await bed.taskOf(run);
      await bed.ok(who, 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
    };
    await bed.ok('root', 'participant.suspend', { id: 'passport_omar', reason: 'gone' });
    await isStranded(bed, run, /manager/);
    await approve('maria');
    await isStranded(bed, run, /manager/);
    await bed.ok('root', 'participant.unsuspend', { id: 'passport_omar' });
    await approve('omar');
    assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).status, 'completed');
    await bed.close();
  });

  test('while somebody waits for work, who is given it without asking again', async () => {
    const bed = await Testbed.open(agent('bot', { capabilities: ['write'] }));
    const id = 'passport_bot';
    const run = await bed.start(reading());
    await isStranded(bed, run, /nobody has read/);
    const answer = bed.ok('bot', 'task.claim_next', { waitSeconds: 60 });
    const { directory } = bed.runtime.organisation;
    await bed.until(() => directory.isPresent(id));
    await bed.ok('root', 'capability.save', { id: 'write', description: 'Writing', implies: ['read'] });
    const { task } = await answer;
    assert.equal(task?.run, run);
    await bed.close();
  });

  test('where nobody may do one of the items of a list, wherever that stands in it', async () => {
    for (const amounts of [
      [50, 500],
      [500, 50],
    ]) {
      const constraints = [{ fact: 'amount', atMost: 100 }];
      const claims = [claimOf({ capability: 'refund', constraints })];
      const bed = await Testbed.open(passport('ann', { claims, capabilities: ['refund'] }));
      const task = { requires: ['refund'], by: 'human', input: { amount: '${ item }' } };
      const run = await bed.start({ ...step('a', task), forEach: `\${ ${JSON.stringify(amounts)} }` });
      await isStranded(bed, run, /passport_ann has refund for other cases/);
      await bed.close();
    }
  });

  test('and blocked, with the reason, where policies let nobody who could do it have it', async () => {
    const bed = await Testbed.open(agent('bot'), passport('officer', { roles: ['compliance'] }));
    const deny = { id: 'no-agents', on: 'task.assign', effect: 'deny', reason: 'Not today.' };
    await bed.adopt({
      policy: { ...deny, when: 'candidate.kind == "agent" && candidate.id != "passport_kin"' },
    });
    const run = await bed.start(reading());
    const { verdict, reason } = await verdictOf(bed, run);
    assert.equal(verdict, 'blocked');
    assert.match(reason, /^Policies let nobody do what is asked: .*Not today\./);
    const { rows } = await bed.ok('root', 'workflow.list_runs', {});
    assert.deepEqual(rows[0]?.verdict, { verdict, reason });
    await bed.add(agent('kin'));
    assert.equal((await verdictOf(bed, run)).verdict, 'running', 'somebody may');
    await bed.close();
  });

  test('and not blocked where policies allow it to somebody who is away', async () => {
    const bed = await Testbed.open(
      clerk('ann'),
      clerk('bob'),
      passport('officer', { roles: ['compliance'] }),
    );
    const deny = { id: 'not-bob', on: 'task.assign', effect: 'deny', when: 'candidate.id == "passport_bob"' };
    await bed.adopt({ policy: deny });
    await bed.ok('ann', 'participant.set_availability', { id: 'passport_ann', status: 'away' });
    const run = await bed.start(step('a', { by: 'human', from: 'role:clerk' }));
    assert.equal((await verdictOf(bed, run)).verdict, 'awaiting_human');
    await bed.ok('ann', 'task.claim', { id: (await bed.taskOf(run)).id });
    await bed.close();
  });
});
