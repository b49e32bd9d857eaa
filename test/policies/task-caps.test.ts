/** Caps of one task hold from when somebody begins with it (CAPPED-1), over HTTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import { encoded, House, HOUR, WORK } from './kit.ts';

interface Held {
  readonly id: string;
  readonly token: number;
}
const USD = { currency: 'USD', amount: 1 };

/** A run of so many tasks, each begun, in an organisation with these policies. */
const begun = async (count: number, ...policies: readonly JsonObject[]) => {
  const house = await House.open();
  for (const policy of policies) await house.adopt({ policy });
  const items = Array.from({ length: count }, (_, at) => at);
  const { id: run } = await house.start(await house.define({ ...WORK, forEach: items }));
  const held: Held[] = [];
  for (const _ of items) held.push(await house.claim());
  const failure = async ({ id }: Held) =>
    (
      await house.get<{ failure: { code: string; message: string } | null }>(
        'root',
        `/v1/tasks/${encoded(id)}`,
      )
    ).failure;
  return { house, run, held, failure };
};
const report = (house: House, { id, token }: Held, usage: object): Promise<JsonObject> =>
  house.post('robot', `/v1/tasks/${encoded(id)}/progress`, { token, usage });

test('what is reported does not undo the cap by which it is too much', async () => {
  const early = { id: 'early', on: 'task.start', when: 'run.tokens < 1000', effect: 'limit', tokens: 100 };
  const { house, held, failure } = await begun(1, early);
  const [task] = held as [Held];
  await report(house, task, { tokens: 5000, cost: 0 });
  const found = await failure(task);
  assert.equal(found?.code, 'limit_tokens');
  assert.match(found?.message ?? '', /early@1/, 'it says by which policy');
  await house.close();
});

test('whom no cap was said to when they began has none, whatever others have spent since', async () => {
  const late = { id: 'late', on: 'task.start', when: 'run.cost > 5.0', effect: 'limit', cost: USD };
  const { house, held, failure } = await begun(2, late);
  const [one, other] = held as [Held, Held];
  await report(house, one, { tokens: 0, cost: 6 });
  await report(house, other, { tokens: 1, cost: 0.5 });
  assert.deepEqual([await failure(one), await failure(other)], [null, null]);
  await house.close();
});

test('nobody is rid of a cap by what becomes of them', async () => {
  const { house, held, failure } = await begun(1, {
    id: 'trial',
    on: 'task.start',
    when: '"work" in participant.capabilities',
    effect: 'limit',
    tokens: 100,
    duration: '1h',
  });
  const [task] = held as [Held];
  const due = async () =>
    (await house.get<{ deadline: number }>('root', `/v1/tasks/${encoded(task.id)}`)).deadline;
  const before = await due();
  await house.site.bed.ok('root', 'participant.update', { id: 'passport_robot', capabilities: [] });
  await house.post('root', `/v1/tasks/${encoded(task.id)}/set`, { deadline: before + HOUR });
  assert.equal(await due(), before);
  await report(house, task, { tokens: 101, cost: 0 });
  assert.equal((await failure(task))?.code, 'limit_tokens');
  await house.close();
});

test('caps that hold for runs that had begun hold for tasks that had, and end for them', async () => {
  const cap = { id: 'cap', on: 'task.start', effect: 'limit', tokens: 100 };
  const { house, held, failure } = await begun(3, cap);
  const [one, two, three] = held as [Held, Held, Held];
  const adopt = (tokens: number) => house.adopt({ policy: { ...cap, tokens } }, { applyTo: 'running' });
  await adopt(200);
  await report(house, one, { tokens: 150, cost: 0 });
  assert.equal(await failure(one), null);
  await house.adopt({ policy: { ...cap, tokens: 10 } });
  await report(house, two, { tokens: 150, cost: 0 });
  assert.equal(await failure(two), null, 'what is for new runs says nothing of it');
  await adopt(120);
  await report(house, three, { tokens: 130, cost: 0 });
  assert.match((await failure(three))?.message ?? '', /120 tokens.*cap@4/);
  await house.close();
});
