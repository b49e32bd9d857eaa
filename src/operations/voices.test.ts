/** For whom somebody decides who acts under a delegation, or in place of somebody who is away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastOf, letAct, under } from '../../test/e2e/delegation-kit.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { Asked } from './operations.ts';

const officer = passport('officer', { roles: ['compliance'] });
const sign = (approval: object) => ({ id: 'sign', approval: { subject: { n: 1 }, ...approval } });
const LAUNCH = { id: 'launch', on: 'run.start', effect: 'require_approval', from: 'role:chief' };

/** What comes of a decision on the only open task of a run. */
async function says(bed: Testbed, run: string, who: string, asked?: Asked): Promise<string> {
  const { id, approval } = await bed.taskOf(run);
  const decision = { id, outcome: 'approve', subject: approval?.subject ?? '' } as const;
  const outcome = await bed.operations.call('task.decide', decision, bed.as(who), asked);
  return outcome.ok ? 'yes' : outcome.rejection.code;
}

const approves = async (bed: Testbed, id: string, who: string, asked?: Asked): Promise<string> => {
  const outcome = await bed.operations.call('workflow.approve', { id }, bed.as(who), asked);
  return outcome.ok ? outcome.value.status : outcome.rejection.code;
};

const goesAway = (bed: Testbed, who: string, substitute: string) =>
  bed.ok(who, 'participant.set_availability', {
    id: 'me',
    status: 'away',
    substitute: `passport_${substitute}`,
  });

const decided = async (bed: Testbed, run: string) => {
  const event = await lastOf(bed, run, 'task.decided');
  const decision = event?.payload['decision'] as { as: string[] } | undefined;
  return [event?.onBehalfOf, decision?.as];
};

/** What somebody is told before they decide. */
const told = async (bed: Testbed, run: string, who: string, asked?: Asked) => {
  const { id } = await bed.taskOf(run);
  const mine = await bed.ok(who, 'task.list', { mine: true }, asked);
  const { actions, obstacle } = (await bed.ok(who, 'task.get', { id }, asked)).asked;
  const decides = actions.filter((one) => one === 'decide');
  return { inbox: mine.rows.some((row) => row.id === id), actions: decides, obstacle };
};

test('under a delegation a decision counts for the grantor’s parties, and not for one’s own', async () => {
  const bed = await Testbed.open(
    passport('alice', { groups: ['legal'] }),
    passport('dan', { groups: ['finance'] }),
    passport('maria', { groups: ['legal'] }),
    passport('fred', { groups: ['finance'] }),
  );
  const run = await bed.start(
    sign({ from: ['group:legal', 'group:finance'], quorum: 2, distinct: 'groups' }),
  );
  assert.equal(await says(bed, run, 'dan', under(await letAct(bed, 'alice', 'dan'))), 'yes');
  assert.deepEqual(await decided(bed, run), ['passport_alice', ['group:legal']]);
  assert.equal(await says(bed, run, 'maria'), 'already_decided', 'legal has been heard');
  const { id, approval } = await bed.taskOf(run);
  const again = { id, outcome: 'approve', subject: approval?.subject ?? '' } as const;
  const refused = await bed.operations.call('task.decide', again, bed.as('maria'));
  const why = `A yes counts for group:legal already on task ${id}: what is missing is one for another group.`;
  assert.equal(refused.ok ? '' : refused.rejection.message, why);
  assert.equal((await bed.taskOf(run)).approval?.status, 'open');
  assert.equal(await says(bed, run, 'fred'), 'yes');
  await bed.until(async () => (await bed.ok('root', 'workflow.get_run', { id: run })).status === 'completed');
  await bed.close();
});

test('under a delegation the start of a run is decided as its grantor', async () => {
  const bed = await Testbed.open(
    officer,
    passport('chief', { roles: ['chief'] }),
    passport('second', { roles: ['chief'] }),
    passport('operator', { roles: ['operator'] }),
    passport('helper'),
  );
  await bed.adopt({ policy: { ...LAUNCH, quorum: 2 } });
  const run = await bed.start({ id: 'a', task: { by: 'human' } });
  const operators = under(await letAct(bed, 'operator', 'second'));
  assert.equal(await approves(bed, run, 'second', operators), 'not_eligible', 'the operator is no chief');
  const awaits = async (who: string, asked?: Asked) =>
    (await bed.ok(who, 'workflow.list_runs', { awaits: 'me' }, asked)).rows.length;
  assert.deepEqual([await awaits('second', operators), await awaits('second')], [0, 1]);
  const chiefs = under(await letAct(bed, 'chief', 'helper'));
  assert.equal(await awaits('helper', chiefs), 1);
  assert.equal(await approves(bed, run, 'helper', chiefs), 'pending_approval');
  assert.equal((await lastOf(bed, run, 'launch.endorsed'))?.onBehalfOf, 'passport_chief');
  assert.equal(await awaits('chief'), 0);
  assert.equal(await approves(bed, run, 'chief'), 'already_decided', 'the helper has for them');
  const seconds = under(await letAct(bed, 'second', 'helper'));
  assert.equal(await approves(bed, run, 'helper', seconds), 'already_decided', 'one person is one voice');
  assert.equal(await approves(bed, run, 'second'), 'running');
  await bed.close();
});

test('somebody who is named for a start is not named by somebody else’s delegation', async () => {
  const bed = await Testbed.open(officer, passport('chief'), passport('operator', { roles: ['operator'] }));
  await bed.adopt({ policy: { ...LAUNCH, from: 'passport_chief' } });
  const run = await bed.start({ id: 'a', task: { by: 'human' } });
  const operators = under(await letAct(bed, 'operator', 'chief'));
  assert.equal(await approves(bed, run, 'chief', operators), 'not_eligible');
  assert.equal(await approves(bed, run, 'chief'), 'running');
  await bed.close();
});

test('the substitute of somebody who is away decides on the start of a run in their name', async () => {
  const bed = await Testbed.open(
    officer,
    passport('chief', { roles: ['chief', 'operator'] }),
    passport('other', { roles: ['chief'] }),
    passport('sub'),
  );
  await bed.adopt({ policy: LAUNCH });
  const definition = await bed.define({ id: 'a', task: { by: 'human' } });
  const own = (await bed.ok('chief', 'workflow.start', { definition })).id;
  const run = (await bed.ok('root', 'workflow.start', { definition })).id;
  assert.equal(await approves(bed, run, 'sub'), 'not_eligible');
  await goesAway(bed, 'chief', 'sub');
  assert.equal(await approves(bed, own, 'sub'), 'separation_of_duties', 'it was started by the chief');
  const { rows } = await bed.ok('sub', 'workflow.list_runs', { awaits: 'me' });
  assert.deepEqual(
    rows.map(({ id }) => id),
    [run],
  );
  assert.equal(await approves(bed, run, 'sub'), 'running');
  const endorsed = await lastOf(bed, run, 'launch.endorsed');
  assert.deepEqual([endorsed?.actor, endorsed?.onBehalfOf], ['passport_sub', 'passport_chief']);
  await goesAway(bed, 'other', 'sub');
  assert.equal(await approves(bed, own, 'sub'), 'running', 'for the chief who did not start it');
  await bed.close();
});

test('under a delegation one administers, sees and helps with what the grantor does', async () => {
  const bed = await Testbed.open(
    passport('lead', { groups: ['lead'] }),
    passport('plain'),
    passport('helper'),
    passport('cy', { roles: ['clerk'] }),
  );
  const work = {
    id: 'a',
    task: {
      by: 'human',
      from: 'role:clerk',
      administrators: ['group:lead'],
      stakeholders: ['group:lead'],
    },
  };
  const run = await bed.start(work);
  const { id } = await bed.taskOf(run);
  const [plains, leads] = [
    under(await letAct(bed, 'plain', 'lead')),
    under(await letAct(bed, 'lead', 'helper')),
  ];
  await bed.ok('cy', 'task.start', { id });
  await bed.ok('cy', 'task.request_help', { id, from: 'group:lead', text: 'how?' });
  assert.deepEqual((await bed.ok('lead', 'task.list', { mine: true }, plains)).rows, []);
  assert.equal((await bed.ok('helper', 'task.list', { mine: true }, leads)).rows.length, 1);
  await bed.ok('helper', 'task.help', { id, request: 1, output: 'so' }, leads);
  const rolesAs = async (who: string, asked: Asked) =>
    (await bed.ok(who, 'task.get', { id }, asked)).asked.roles.filter((role) => role !== 'excluded_owner');
  assert.deepEqual(await rolesAs('lead', plains), []);
  assert.deepEqual(await rolesAs('helper', leads), ['business_administrator', 'stakeholder']);
  assert.equal(await bed.no('lead', 'task.exit', { id }, plains), 'not_allowed');
  await bed.ok('helper', 'task.exit', { id }, leads);
  await bed.close();
});

test('a substitute speaks for somebody who is away, may decide, and has not been heard', async () => {
  const bed = await Testbed.open(
    passport('ann', { roles: ['manager'] }),
    passport('cid', { roles: ['manager'] }),
    passport('bob'),
  );
  const both = await bed.start(sign({ from: 'role:manager', quorum: 2 }));
  assert.equal(await says(bed, both, 'ann'), 'yes');
  const definition = await bed.define(sign({ from: 'role:manager', distinctFrom: ['initiator'] }));
  await bed.ok('root', 'participant.update', { id: 'passport_ann', roles: ['manager', 'operator'] });
  const anns = (await bed.ok('ann', 'workflow.start', { definition })).id;
  await goesAway(bed, 'ann', 'bob');
  assert.deepEqual(await told(bed, both, 'bob'), {
    inbox: false,
    actions: [],
    obstacle: 'Those in whose place bob would decide have decided already, or took part in the work.',
  });
  await goesAway(bed, 'cid', 'bob');
  assert.deepEqual(await told(bed, both, 'bob'), { inbox: true, actions: ['decide'], obstacle: null });
  assert.equal(await says(bed, anns, 'bob'), 'yes', 'not for Ann, who started it');
  assert.deepEqual((await decided(bed, anns))[0], 'passport_cid');
  assert.equal(await says(bed, both, 'bob'), 'yes');
  assert.deepEqual((await decided(bed, both))[0], 'passport_cid');
  await bed.close();
});

test('nobody decides in place of somebody who did the work alone, and the run is stranded', async () => {
  const bed = await Testbed.open(
    passport('ann', { roles: ['manager', 'clerk'] }),
    passport('cid', { roles: ['manager'] }),
    passport('bob'),
    passport('eve', { roles: ['clerk'] }),
  );
  const run = await bed.start(
    { id: 'a', task: { by: 'human', from: 'passport_ann' } },
    sign({ from: 'passport_ann' }),
  );
  const { id } = await bed.taskOf(run);
  await bed.ok('ann', 'task.start', { id });
  await bed.ok('ann', 'task.complete', { id });
  await goesAway(bed, 'ann', 'bob');
  const { actions, obstacle } = await told(bed, run, 'bob');
  assert.deepEqual(actions, []);
  assert.match(obstacle ?? '', /took part in the work/);
  assert.equal(await says(bed, run, 'bob'), 'separation_of_duties');
  const bobs = under(await letAct(bed, 'bob', 'eve'));
  assert.equal(await says(bed, run, 'eve', bobs), 'separation_of_duties', 'nor under a delegation');
  const { verdict } = await bed.ok('root', 'workflow.get_run', { id: run });
  assert.equal(verdict.verdict, 'stranded', verdict.reason);
  await bed.close();
});

test('a substitute counts for the groups of whomever they speak for', async () => {
  const bed = await Testbed.open(
    passport('ann', { groups: ['fin'] }),
    passport('bob'),
    passport('lea', { groups: ['legal'] }),
    passport('eve', { roles: ['manager'] }),
  );
  const run = await bed.start(sign({ from: ['group:fin', 'group:legal'], quorum: 2, distinct: 'groups' }));
  await goesAway(bed, 'ann', 'bob');
  assert.equal(await says(bed, run, 'bob'), 'yes');
  assert.deepEqual(await decided(bed, run), ['passport_ann', ['group:fin']]);
  assert.equal(await says(bed, run, 'lea'), 'yes');
  const groupless = await bed.start(sign({ from: 'role:manager', distinct: 'groups' }));
  const before = await told(bed, groupless, 'eve');
  assert.deepEqual([before.actions, before.obstacle], [[], 'It is decided for groups, and eve is in none.']);
  assert.equal(await says(bed, groupless, 'eve'), 'not_eligible');
  await bed.close();
});

test('the inbox of a substitute or delegate has what is for the manager of somebody', async () => {
  const bed = await Testbed.open(
    passport('ann'),
    passport('bob'),
    passport('eve'),
    passport('cy', { manager: 'passport_ann' }),
  );
  const run = await bed.start(sign({ from: 'manager_of:passport_cy' }));
  const anns = under(await letAct(bed, 'ann', 'eve'));
  const inbox = async (who: string, asked?: Asked) => (await told(bed, run, who, asked)).inbox;
  assert.deepEqual(
    [await inbox('ann'), await inbox('eve', anns), await inbox('eve'), await inbox('bob')],
    [true, true, false, false],
  );
  await goesAway(bed, 'ann', 'bob');
  assert.deepEqual([await inbox('bob'), await inbox('eve', anns)], [true, true]);
  await bed.close();
});

const comesBack = (bed: Testbed, who: string) =>
  bed.ok(who, 'participant.set_availability', { id: 'me', status: 'available' });

test('somebody away is heard once, also where it was said under a delegation of their substitute', async () => {
  const bed = await Testbed.open(
    passport('ann', { roles: ['manager', 'clerk'] }),
    passport('cid', { roles: ['manager', 'clerk'] }),
    passport('bob'),
    passport('dan'),
    passport('eve'),
  );
  const run = await bed.start(sign({ from: 'role:manager', quorum: 2, distinctFrom: ['initiator'] }));
  await goesAway(bed, 'ann', 'bob');
  const bobs = under(await letAct(bed, 'bob', 'dan'));
  assert.equal(await says(bed, run, 'dan', bobs), 'yes');
  const event = await lastOf(bed, run, 'task.decided');
  const decision = event?.payload['decision'] as { onBehalfOf: string; inNameOf: string } | undefined;
  assert.deepEqual(
    [event?.onBehalfOf, decision?.onBehalfOf, decision?.inNameOf],
    ['passport_bob', 'passport_bob', 'passport_ann'],
  );
  assert.equal((await bed.taskOf(run)).approval?.decisions[0]?.inNameOf, 'passport_ann');
  assert.equal(await says(bed, run, 'bob'), 'already_decided', 'nor by the substitute themselves');
  await goesAway(bed, 'ann', 'eve');
  assert.equal(await says(bed, run, 'eve'), 'already_decided', 'nor by another substitute');
  await comesBack(bed, 'ann');
  assert.equal(await says(bed, run, 'ann'), 'already_decided');
  assert.equal(await says(bed, run, 'cid'), 'yes');
  await bed.until(async () => (await bed.ok('root', 'workflow.get_run', { id: run })).status === 'completed');
  await bed.close();
});

test('somebody away has approved a start once, also where it was said under a delegation of their substitute', async () => {
  const bed = await Testbed.open(
    officer,
    passport('ann', { roles: ['chief'] }),
    passport('cid', { roles: ['chief'] }),
    passport('bob'),
    passport('dan'),
    passport('eve'),
  );
  await bed.adopt({ policy: { ...LAUNCH, quorum: 2 } });
  const run = await bed.start({ id: 'a', task: { by: 'human' } });
  await goesAway(bed, 'ann', 'bob');
  const bobs = under(await letAct(bed, 'bob', 'dan'));
  assert.equal(await approves(bed, run, 'dan', bobs), 'pending_approval');
  const endorsed = await lastOf(bed, run, 'launch.endorsed');
  assert.deepEqual([endorsed?.onBehalfOf, endorsed?.payload['inNameOf']], ['passport_bob', 'passport_ann']);
  assert.equal(await approves(bed, run, 'bob'), 'already_decided', 'nor by the substitute themselves');
  await goesAway(bed, 'ann', 'eve');
  assert.equal(await approves(bed, run, 'eve'), 'already_decided', 'nor by another substitute');
  await comesBack(bed, 'ann');
  assert.equal(await approves(bed, run, 'ann'), 'already_decided');
  await goesAway(bed, 'cid', 'bob');
  assert.equal(await approves(bed, run, 'bob'), 'already_decided', 'one person is one voice');
  assert.equal(await approves(bed, run, 'cid'), 'running');
  await bed.close();
});

const TWO = [
  { ...LAUNCH, id: 'chiefs' },
  { ...LAUNCH, id: 'cfos', from: 'role:cfo' },
];

test('somebody who is named in one approval of a start stands in for somebody of another who is away', async () => {
  const bed = await Testbed.open(
    officer,
    passport('chief', { roles: ['chief'] }),
    passport('cfo', { roles: ['cfo'] }),
  );
  for (const policy of TWO) await bed.adopt({ policy });
  const run = await bed.start({ id: 'a', task: { by: 'human' } });
  assert.equal(await approves(bed, run, 'chief'), 'pending_approval');
  assert.equal(await approves(bed, run, 'chief'), 'already_decided', 'the cfo is there');
  const awaits = async () => (await bed.ok('chief', 'workflow.list_runs', { awaits: 'me' })).rows.length;
  assert.equal(await awaits(), 0);
  await goesAway(bed, 'cfo', 'chief');
  assert.equal(await awaits(), 1);
  assert.equal(await approves(bed, run, 'chief'), 'running');
  assert.equal((await lastOf(bed, run, 'launch.endorsed'))?.onBehalfOf, 'passport_cfo');
  await bed.close();
});

test('somebody who is named in no approval of a start stands in for those of several', async () => {
  const bed = await Testbed.open(
    officer,
    passport('chief', { roles: ['chief'] }),
    passport('cfo', { roles: ['cfo'] }),
    passport('sub'),
  );
  for (const policy of TWO) await bed.adopt({ policy });
  const run = await bed.start({ id: 'a', task: { by: 'human' } });
  await goesAway(bed, 'cfo', 'sub');
  await goesAway(bed, 'chief', 'sub');
  assert.equal(await approves(bed, run, 'sub'), 'pending_approval');
  assert.equal(await approves(bed, run, 'sub'), 'running');
  await bed.close();
});
