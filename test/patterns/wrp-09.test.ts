import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutputOf } from '../../src/operations/schema/index.ts';
import { agent, Office } from './office.ts';

test('WRP-09 History-Based Distribution: who has done such work well is chosen, with the same numbers after a restart', async () => {
  const office = await Office.open(agent('bad'), agent('good'));
  const job = await office.define('history', {
    id: 'a',
    task: { requires: ['read'], by: 'agent' },
    retry: { attempts: 1 },
  });
  const work = async (who: string, verb: 'complete' | 'fail') => {
    await office.run(job);
    const task = await office.claimNext(who);
    const why = verb === 'fail' && { code: 'broke', message: 'it broke' };
    await office.does(who, verb, task?.id ?? '', { token: task?.token, ...why });
  };
  for (let round = 0; round < 5; round += 1) {
    await work('good', 'complete');
    await work('bad', 'fail');
  }
  const asked = { requires: ['read'], by: 'agent', when: 'early', strategy: 'shortest_queue' };
  const explained = async () =>
    (await office.done<OutputOf<'routing.explain'>>('root', '/v1/routing/explain', asked)).explanation
      .candidates;
  const before = await explained();
  await office.restart();
  assert.deepEqual(await explained(), before);
  const track = (id: string) => before.find((one) => one.id === `passport_${id}`)?.factors.track ?? NaN;
  assert.ok(track('good') > track('bad') + 0.2, JSON.stringify(before));

  const [bad, good] = [await office.waits('bad'), await office.waits('good')];
  const run = await office.run(job);
  const chosen = await good.task;
  assert.equal(chosen?.run, run);
  const { explanation } = await office.detail(chosen?.id ?? '');
  assert.deepEqual(
    explanation?.candidates.map(({ id, factors }) => [id, factors.track]),
    [
      ['passport_good', track('good')],
      ['passport_bad', track('bad')],
    ],
  );
  office.site.bed.clock.move(61_000);
  assert.equal(await bad.task, null);
  await office.close();
});
