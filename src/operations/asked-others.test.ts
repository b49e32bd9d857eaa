/** What a task says to whoever it is not for now, though they may do such work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const clerk = (id: string) => passport(id, { roles: ['clerk'] });
const CLERKS = { by: 'human', from: 'role:clerk' };

async function office(...steps: object[]) {
  const bed = await Testbed.open(clerk('eve'), clerk('mia'));
  const document = { id: 'c', name: 'C', phases: [{ id: 'p', steps }] };
  await bed.ok('root', 'workflow.save_definition', { document } as never);
  const run = (await bed.ok('root', 'workflow.start', { definition: 'c' })).id;
  const { rows } = await bed.ok('root', 'task.list', { run });
  const of = (step: string) => rows.find((row) => row.step.endsWith(step))?.id ?? '';
  return { bed, run, one: of('one'), two: of('two') };
}
type Office = Awaited<ReturnType<typeof office>>;

const told = async ({ bed, two }: Office, who: string) => {
  const { actions, obstacle } = (await bed.ok(who, 'task.get', { id: two })).asked;
  return { takes: actions.filter((one) => one === 'claim' || one === 'start'), obstacle };
};
const refusal = async ({ bed, two }: Office, who: string) => {
  const outcome = await bed.operations.call('task.start', { id: two }, bed.as(who));
  assert.ok(!outcome.ok);
  return outcome.rejection;
};

const ofCase = () =>
  office(
    { id: 'one', task: { ...CLERKS, visibility: { allocated: 'holder' } } },
    { id: 'two', task: { ...CLERKS, assign: { strategy: 'case' } } },
  );

test('who handles a case is not said to whoever is refused for it', async () => {
  const site = await ofCase();
  const { bed, run, one } = site;
  await bed.ok('eve', 'task.start', { id: one });
  assert.equal(await bed.no('mia', 'task.get', { id: one }), 'not_eligible', 'it is hidden');
  const { code, message, details } = await refusal(site, 'mia');
  assert.equal(code, 'case_handled');
  assert.equal(message, `Somebody else handles what run ${run} is about.`);
  assert.doesNotMatch(JSON.stringify(details ?? null), /eve/);
  await bed.close();
});

test('what the handler of a case takes, others are not told that they may take', async () => {
  const site = await ofCase();
  const { bed, run, one } = site;
  const free = { takes: ['claim', 'start'], obstacle: null };
  assert.deepEqual(await told(site, 'mia'), free, 'nobody handles it yet');
  await bed.ok('eve', 'task.start', { id: one });
  assert.deepEqual(await told(site, 'eve'), free);
  const obstacle = `Somebody else handles what run ${run} is about.`;
  assert.deepEqual(await told(site, 'mia'), { takes: [], obstacle });
  assert.deepEqual((await told(site, 'root')).takes, free.takes, 'an administrator may');
  await bed.ok('root', 'participant.suspend', { id: 'passport_eve' });
  assert.deepEqual(await told(site, 'mia'), free, 'the handler cannot take it');
  await bed.close();
});

test('who has as many open tasks as the step allows is not told that they may take another', async () => {
  const site = await office(
    { id: 'one', task: CLERKS },
    { id: 'two', task: { ...CLERKS, assign: { strategy: 'offer', when: 'late', load: 1 } } },
  );
  const { bed, one, two } = site;
  await bed.ok('mia', 'task.start', { id: one });
  const { takes, obstacle } = await told(site, 'mia');
  assert.deepEqual(takes, []);
  assert.match(obstacle ?? '', /has 1 or more tasks open/);
  assert.deepEqual((await told(site, 'eve')).takes, ['claim', 'start'], 'and asking counts nothing');
  assert.equal((await refusal(site, 'mia')).code, 'load_reached');
  await bed.ok('eve', 'task.start', { id: two });
  await bed.close();
});
