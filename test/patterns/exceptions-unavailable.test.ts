import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, clerical, Office, person } from './office.ts';

/** Exceptions because nobody is there who could take an item or go on with it: they are handled by themselves. */
const LEASE = 60_000;
const clerks = [person('ann', { roles: ['clerk'] }), person('bo', { roles: ['clerk'] })];
const reading = (assign?: string) => ({
  id: 'a',
  task: { requires: ['read'], by: 'agent', ...(assign && { assign }) },
});

const why = async (office: Office, run: string, type: string): Promise<string[]> =>
  (await office.events(run))
    .filter((event) => event.type === type)
    .map(({ actor, payload }) => `${actor}: ${JSON.stringify(payload['reason'])}`);

test('RUN: ORO-CWC-NIL reoffer: who is not available any more is offered it no longer, others are', async () => {
  const office = await Office.open(...clerks);
  const run = await office.start([clerical('a'), clerical('beside')] as never);
  const { id } = await office.task(run, 'p0.a');
  assert.deepEqual([await office.sees('ann', id), await office.sees('bo', id)], [true, true]);
  await office.done('root', '/v1/participants/passport_ann/revoke');
  const refused = await office.act('ann', 'claim', id);
  assert.equal(refused.status, 401, 'a passport that is revoked takes nothing');
  assert.equal(await office.sees('bo', id), true);
  assert.equal((await office.task(run, 'p0.a')).status, 'ready');
  assert.equal((await office.task(run, 'p0.beside')).status, 'ready');
  await office.close();
});

test('RUN: ARA-CWC-NIL reallocate: what is reserved for somebody who is suspended goes to the next', async () => {
  const office = await Office.open(...clerks);
  const run = await office.start([clerical('a', { assign: 'round_robin' }), clerical('beside')] as never);
  assert.equal((await office.task(run, 'p0.a')).assignee, 'passport_ann');
  await office.done('root', '/v1/participants/passport_ann/suspend', { reason: 'ill' });
  await office.until(async () => (await office.task(run, 'p0.a')).assignee === 'passport_bo');
  assert.equal((await office.task(run, 'p0.a')).status, 'reserved');
  assert.equal((await office.task(run, 'p0.beside')).status, 'ready');
  await office.restart();
  const reasons = await why(office, run, 'task.released');
  assert.equal(reasons.length, 1, 'one handler for one exception');
  assert.match(reasons[0] ?? '', /^system:humanos: .*suspended/);
  await office.close();
});

test('RUN: ARO-CWC-NIL reoffer-a: what somebody has taken who is suspended is offered to all others', async () => {
  const office = await Office.open(...clerks, person('cy', { roles: ['clerk'] }));
  const run = await office.start(clerical('a'));
  const { id } = await office.task(run);
  await office.does('ann', 'claim', id);
  await office.done('root', '/v1/participants/passport_ann/suspend', { reason: 'ill' });
  await office.until(async () => (await office.task(run)).status === 'ready');
  assert.equal((await office.task(run)).assignee, null);
  assert.deepEqual([await office.sees('bo', id), await office.sees('cy', id)], [true, true]);
  await office.restart();
  assert.equal((await why(office, run, 'task.released')).length, 1);
  await office.close();
});

test('RUN: SRO-CWC-NIL reoffer-s: what an agent was at work on that is gone is offered again, and its late answer refused', async () => {
  const office = await Office.open(agent('one'), agent('two'));
  const run = await office.start(reading());
  const held = await office.claimNext('one');
  office.site.bed.clock.move(LEASE);
  await office.until(async () => (await office.task(run)).status === 'ready');
  assert.deepEqual(await why(office, run, 'task.released'), ['system:humanos: "lease_expired"']);
  const again = await office.claimNext('two');
  assert.equal(again?.id, held?.id);
  const late = await office.act('one', 'complete', held?.id ?? '', { output: 1, token: held?.token });
  assert.equal(late.body.code, 'not_holder');
  await office.close();
});

test('RUN: SRA-CWC-NIL reallocate-s: what an agent was at work on that is gone is allocated to another', async () => {
  const office = await Office.open(agent('one'), agent('two'));
  const run = await office.start(reading('round_robin'));
  const { assignee } = await office.task(run);
  const first = assignee?.replace('passport_', '') ?? '';
  const second = first === 'one' ? 'two' : 'one';
  await office.claimNext(first);
  office.site.bed.clock.move(LEASE);
  await office.until(async () => (await office.task(run)).assignee === `passport_${second}`);
  const { status } = await office.task(run);
  assert.equal(status, 'reserved');
  assert.equal((await office.claimNext(second))?.token, 2, 'begun anew, under a token of its own');
  await office.close();
});

test('RUN: SRO-CWC-NIL reoffer-s: what a person was at work on who is suspended strands the run, until an administrator gives it back', async () => {
  const office = await Office.open(...clerks);
  const run = await office.start(clerical('a'));
  const { id } = await office.task(run);
  await office.does('ann', 'start', id);
  await office.done('root', '/v1/participants/passport_ann/suspend', { reason: 'ill' });
  const { verdict, missing } = await office.verdict(run);
  assert.equal(verdict, 'stranded');
  assert.match(missing?.join() ?? '', /somebody in place of passport_ann/);
  await office.does('root', 'release', id, { reason: 'ann is ill' });
  assert.equal((await office.task(run)).status, 'ready');
  await office.complete('bo', id);
  assert.equal((await office.verdict(run)).verdict, 'ok');
  await office.close();
});

test('CVI: SCE-CWC-NIL continue-execution: a cap that is passed lets started items go on and nothing new begin, until somebody raises it', async () => {
  const office = await Office.open(agent('one'), agent('two'));
  const document = {
    id: 'capped',
    limits: { tokens: 10, concurrency: 2 },
    phases: [
      { id: 'p0', steps: [{ id: 'a', forEach: [1, 2, 3], task: { requires: ['read'], by: 'agent' } }] },
    ],
  };
  await office.done('root', '/v1/definitions', { document });
  const run = await office.run('capped');
  const [mine, other] = [await office.claimNext('one'), await office.claimNext('two')];
  const usage = { tokens: 50, cost: 0 };
  await office.does('one', 'complete', mine?.id ?? '', { output: 1, token: mine?.token, usage });
  assert.equal((await office.verdict(run)).verdict, 'blocked');
  const paused = (await office.events(run)).find(({ type }) => type === 'run.paused');
  assert.deepEqual(
    [paused?.actor, (paused?.payload['failure'] as { code?: string } | undefined)?.code],
    ['system:humanos', 'limit_tokens'],
  );
  await office.restart();
  await office.does('two', 'complete', other?.id ?? '', { output: 2, token: other?.token });
  assert.deepEqual(await office.open(run), []);
  await office.done('root', `/v1/runs/${run}/resume`, { limits: { tokens: 100 } });
  assert.equal((await office.claimNext('one'))?.slot, 2);
  await office.close();
});
