/** What is taken away holds for all that is committed after the answer, also for what was asked for before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { letAct, under } from '../../test/e2e/delegation-kit.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { Asked } from './operations.ts';
import type { InputOf, OperationName } from './schema/index.ts';

const CLERK = { by: 'human', from: 'role:clerk' };
const LAUNCH = { id: 'launch', on: 'run.start', effect: 'require_approval', from: 'role:clerk' };

const open = () =>
  Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('clerk', { roles: ['clerk'], groups: ['desk'] }),
    passport('helper'),
    passport('cy', { roles: ['clerk'] }),
  );

/** What comes of a request that is let in while the clerk's role is being taken away, and decided on after that was acknowledged. */
async function after<Name extends OperationName>(
  bed: Testbed,
  change: Partial<InputOf<'participant.update'>>,
  who: string,
  name: Name,
  input: InputOf<Name>,
  asked?: Asked,
): Promise<string> {
  const { store } = bed;
  const { commit } = store;
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  store.commit = async (changes) => {
    reached.resolve();
    await gate.promise;
    return commit.call(store, changes);
  };
  const answers: string[] = [];
  const update = bed
    .ok('root', 'participant.update', { id: 'passport_clerk', ...change })
    .then(() => answers.push('updated'));
  await reached.promise;
  const request = bed.operations.call(name, input, bed.as(who), asked).then((outcome) => {
    answers.push(name);
    return outcome.ok ? 'yes' : outcome.rejection.code;
  });
  await new Promise((resolve) => setImmediate(resolve));
  gate.resolve();
  await update;
  const answer = await request;
  store.commit = commit;
  assert.deepEqual(answers, ['updated', name]);
  return answer;
}

const LESS = { roles: ['viewer'] };

test('a decision does not count on a role that is taken away before it', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'sign', approval: { subject: { n: 1 }, from: 'role:clerk', quorum: 2 } });
  const { id, approval } = await bed.taskOf(run);
  const decision = { id, outcome: 'approve', subject: approval?.subject ?? '' } as const;
  const clerks = under(await letAct(bed, 'clerk', 'helper'));
  assert.equal(await after(bed, LESS, 'clerk', 'task.decide', decision), 'not_eligible');
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['clerk'] });
  assert.equal(await after(bed, LESS, 'helper', 'task.decide', decision, clerks), 'not_eligible');
  await bed.close();
});

test('a start is not approved, or rejected, on a role that is taken away before it', async () => {
  const bed = await open();
  await bed.adopt({ policy: LAUNCH });
  const id = await bed.start({ id: 'a', task: CLERK });
  assert.equal(await after(bed, LESS, 'clerk', 'workflow.approve', { id }), 'not_eligible');
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['clerk'] });
  assert.equal(await after(bed, LESS, 'clerk', 'workflow.reject', { id }), 'forbidden');
  const definition = await bed.define({ id: 'a', task: CLERK });
  await bed
    .ok('root', 'policy.propose', { retire: 'launch' })
    .then(({ change: { id: of, digest } }) => bed.ok('officer', 'policy.approve', { id: of, digest }));
  const held = await bed.ok('root', 'workflow.start', { definition, hold: true });
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['operator'] });
  assert.equal(await after(bed, LESS, 'clerk', 'workflow.approve', { id: held.id }), 'forbidden');
  await bed.close();
});

test('a task is not taken, or administered, on a role that is taken away before it', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'a', task: { ...CLERK, administrators: ['group:desk'] } });
  const { id } = await bed.taskOf(run);
  const none = { ...LESS, groups: [] };
  assert.equal(await after(bed, none, 'clerk', 'task.claim', { id }), 'not_eligible');
  const all = { id: 'passport_clerk', roles: ['clerk'], groups: ['desk'] };
  await bed.ok('root', 'participant.update', all);
  assert.equal(await after(bed, none, 'clerk', 'task.start', { id }), 'not_eligible');
  await bed.ok('root', 'participant.update', all);
  assert.equal(await after(bed, none, 'clerk', 'task.exit', { id }), 'not_allowed');
  await bed.ok('root', 'participant.update', { ...all, roles: ['operator'], groups: [] });
  assert.equal(await after(bed, LESS, 'clerk', 'task.exit', { id }), 'not_allowed');
  await bed.ok('root', 'participant.update', all);
  await bed.ok('clerk', 'task.claim', { id });
  assert.equal(await after(bed, none, 'clerk', 'task.start', { id }), 'yes', 'what one has is gone on with');
  await bed.close();
});
