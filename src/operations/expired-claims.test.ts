/** A claim that has an end counts until then, wherever it is looked at; nothing has to happen at that moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const HOUR = 3_600_000;

/** Ben holds `sign` for an hour from now on, and `read` for ever; `write` is implied by `sign`. */
async function open() {
  const bed = await Testbed.open(
    passport('ben', { capabilities: ['read'] }),
    passport('officer', { roles: ['compliance'] }),
  );
  await bed.ok('root', 'capability.save', { id: 'sign', implies: ['write'] });
  const expiresAt = bed.clock.now() + HOUR;
  await bed.ok('root', 'claim.grant', { participant: 'passport_ben', capability: 'sign', expiresAt });
  return bed;
}

const ben = (bed: Testbed) => bed.ok('root', 'participant.get', { id: 'passport_ben' });

async function seen(bed: Testbed) {
  const listed = async (capability: string) =>
    (await bed.ok('root', 'participant.list', { capability })).rows.map(({ id }) => id);
  const steps = [{ id: 'a', task: { by: 'human', requires: ['write'] } }];
  const document = { id: 'd', phases: [{ id: 'p', steps }] } as never;
  const { problems } = await bed.ok('root', 'workflow.check_definition', { document });
  const { participants, available } = await bed.ok('root', 'capability.get', { id: 'write' });
  return {
    capabilities: (await ben(bed)).capabilities,
    sign: await listed('sign'),
    write: await listed('write'),
    problems: problems.map(({ code }) => code),
    counts: [participants, available],
  };
}

test('a holder is listed, available and reckoned with until the claim has expired, and again once it is granted anew', async () => {
  const bed = await open();
  const held = {
    capabilities: ['read', 'sign'],
    sign: ['passport_ben'],
    write: ['passport_ben'],
    problems: [],
    counts: [1, 1],
  };
  bed.clock.move(HOUR - 1);
  assert.deepEqual(await seen(bed), held);
  bed.clock.move(1);
  assert.deepEqual(await seen(bed), {
    capabilities: ['read'],
    sign: [],
    write: [],
    problems: ['nobody_capable'],
    counts: [1, 0],
  });
  assert.equal((await ben(bed)).claims.length, 2, 'the claim is shown, with its end');
  const expiresAt = bed.clock.now() + HOUR;
  await bed.ok('root', 'claim.grant', { participant: 'passport_ben', capability: 'sign', expiresAt });
  assert.deepEqual(await seen(bed), held);
  await bed.close();
});

test('to name what has expired among the capabilities grants it, and to leave it out revokes nothing', async () => {
  const bed = await open();
  bed.clock.move(HOUR);
  const named = (capabilities: string[]) =>
    bed.ok('root', 'participant.update', { id: 'passport_ben', capabilities });
  const claimsOf = async () =>
    (await ben(bed)).claims.map(({ capability, standing, expiresAt }) => [
      capability,
      standing,
      expiresAt !== null,
    ]);
  await named(['read']);
  assert.deepEqual(await claimsOf(), [
    ['read', 'granted', false],
    ['sign', 'granted', true],
  ]);
  assert.deepEqual((await named(['read', 'sign'])).capabilities, ['read', 'sign']);
  assert.deepEqual(await claimsOf(), [
    ['read', 'granted', false],
    ['sign', 'granted', false],
  ]);
  await bed.close();
});

test('policies are told what somebody can be asked for then', async () => {
  const bed = await open();
  const when = '!("sign" in participant.capabilities)';
  await bed.adopt({ policy: { id: 'signers', on: 'task.start', effect: 'deny', when } });
  const task = { by: 'human', from: 'passport_ben' };
  const runs = [await bed.start({ id: 'a', task }), await bed.start({ id: 'a', task })];
  const [first, second] = await Promise.all(runs.map(async (run) => (await bed.taskOf(run)).id));
  await bed.ok('ben', 'task.start', { id: first! });
  bed.clock.move(HOUR);
  assert.equal(await bed.no('ben', 'task.start', { id: second! }), 'policy_denied');
  await bed.close();
});
