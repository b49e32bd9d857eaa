import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputProblem } from './deliveries.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

test('a cancel of all runs that goes back to a phase reaches those of versions without it: what they did is undone', async () => {
  const bed = await Testbed.open(passport('ann'));
  const step = (id: string) => ({ id, task: { by: 'human' }, compensate: { task: { by: 'human' } } });
  const version = (...ids: string[]) => ({
    id: 'order',
    phases: ids.map((id, at) => ({ id, ...(at > 0 && { needs: [ids[at - 1]] }), steps: [step('s')] })),
  });
  const begin = async (...ids: string[]): Promise<string> => {
    await bed.ok('root', 'workflow.save_definition', { document: version(...ids) as never });
    const { id: run } = await bed.ok('root', 'workflow.start', { definition: 'order' });
    const { id } = await bed.taskOf(run);
    await bed.ok('ann', 'task.start', { id });
    await bed.ok('ann', 'task.complete', { id });
    return run;
  };
  const old = await begin('order', 'ship');
  const now = await begin('order', 'charge');
  await bed.ok('root', 'workflow.cancel', { id: now, runs: 'all', recovery: { rollback: 'charge' } });
  const statusOf = async (id: string): Promise<string> =>
    (await bed.ok('root', 'workflow.get_run', { id })).status;
  assert.equal(await statusOf(now), 'cancelled');
  await bed.until(async () => (await statusOf(old)) === 'closing');
  assert.equal((await bed.taskOf(old)).step, 'order.s.compensate');
  await bed.close();
});

test('a cancel of all runs is of those of its definition that had begun, and of no others', async () => {
  const bed = await Testbed.open();
  const step = { id: 's', task: { by: 'human' } };
  const [one, other] = [await bed.define(step), await bed.define(step)];
  const begin = async (definition: string) => (await bed.ok('root', 'workflow.start', { definition })).id;
  const [asked, before, foreign] = [await begin(one), await begin(one), await begin(other)];
  const runs = bed.store.runs.bind(bed.store);
  let later = '';
  bed.store.runs = async (filter, page) => {
    bed.store.runs = runs;
    bed.clock.move(1);
    later = await begin(one);
    return runs(filter, page);
  };
  await bed.ok('root', 'workflow.cancel', { id: asked, runs: 'all' });
  const statusOf = async (id: string): Promise<string> =>
    (await bed.ok('root', 'workflow.get_run', { id })).status;
  await bed.until(async () => (await statusOf(before)) === 'cancelled');
  assert.deepEqual([await statusOf(foreign), await statusOf(later)], ['running', 'running']);
  await bed.close();
});

test('an input is refused by its schema whatever the names of its members: a child is not started, and its step fails', async () => {
  const bed = await Testbed.open();
  const phases = [{ id: 'p', steps: [{ id: 's', task: { by: 'human' } }] }];
  const input = { type: 'object', properties: { mode: { enum: [{ kind: 'a' }] } } };
  const document = { id: 'child', phases, input };
  await bed.ok('root', 'workflow.save_definition', { document });
  const unfit = { mode: { valueOf: 1 } };
  const refused = await bed.no('root', 'workflow.start', { definition: 'child', input: unfit });
  assert.equal(refused, 'input_invalid');
  const definition = await bed.define({ id: 's', workflow: { definition: 'child', input: '${ input }' } });
  const { id } = await bed.ok('root', 'workflow.start', { definition, input: unfit });
  await bed.until(async () => (await bed.ok('root', 'workflow.get_run', { id })).status === 'failed');
  const { failure } = await bed.ok('root', 'workflow.get_run', { id });
  assert.match(failure?.message ?? '', /mode: It must be one of/);
  await bed.close();
});

test('an input that a saved schema cannot check is refused, and none is a fault', () => {
  const broken = { $ref: '#/$defs/none' };
  assert.match(
    inputProblem(broken, {})?.message ?? '',
    /its schema cannot be used: '#\/\$defs\/none' leads nowhere/,
  );
});
