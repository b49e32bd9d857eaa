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
