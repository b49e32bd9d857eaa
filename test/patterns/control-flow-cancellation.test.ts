import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flow, nested, one } from './flow-kit.ts';
import { clerical } from './office.ts';

test('WCP-19 Cancel Task', async () => {
  const flow = await Flow.open([
    { id: 'a', steps: [clerical('do', {}, { onFailure: 'skip' }), clerical('other')] },
  ]);
  const { id } = await flow.task('a.do');
  const { token } = await flow.office.does('clerk', 'start', id);
  await flow.office.does('root', 'exit', id);
  assert.equal(await flow.office.sees('clerk', id), false);
  const late = await flow.office.act('clerk', 'complete', id, { token });
  assert.deepEqual([late.status, late.body.code], [409, 'task_closed']);
  await flow.complete('a.other');
  await flow.ended();
});

test('WCP-20 Cancel Case', async () => {
  const flow = await Flow.open([one('a'), nested('b', 'child'), one('c', { needs: ['a', 'b'] })], {
    before: { child: { safety: 'read_only', phases: [one('x')] } },
  });
  const [child] = await flow.children(1);
  const { id } = await flow.task('a.do');
  const { token } = await flow.office.does('clerk', 'start', id);
  await flow.office.done('root', `/v1/runs/${flow.run}/cancel`, { reason: 'not wanted' });
  await child?.isOver('stopped');
  for (const run of [child, flow]) assert.equal((await run?.now())?.status, 'cancelled');
  const late = await flow.office.act('clerk', 'complete', id, { token });
  assert.deepEqual([late.status, late.body.code], [409, 'task_closed']);
  await flow.ended('stopped');
});

const REGION = {
  phases: [
    one('x'),
    one('y'),
    { id: 'end', steps: [{ id: 'go-on', approval: { subject: 'x', from: 'role:lead' } }] },
  ],
};

test('WCP-25 Cancel Region', async (t) => {
  const cancels = {
    'by whoever operates runs': (region: Flow): Promise<unknown> =>
      region.office.done('root', `/v1/runs/${region.run}/cancel`, { reason: 'not wanted' }),
    'by a decision in the region itself': (region: Flow): Promise<unknown> => region.decide('reject'),
  };
  for (const [how, cancel] of Object.entries(cancels))
    await t.test(how, async () => {
      const flow = await Flow.open(
        [nested('r', 'region', {}, { onFailure: 'skip' }), one('beside'), one('later', { needs: ['r'] })],
        { before: { region: REGION } },
      );
      const [region] = await flow.children(1);
      assert.ok(region);
      const [x, y] = [await region.task('x.do'), await region.task('y.do')];
      const { token } = await flow.office.does('clerk', 'start', x.id);
      const beside = await flow.office.does('clerk', 'start', (await flow.task('beside.do')).id);
      await cancel(region);
      assert.deepEqual(await region.steps(), [], 'its tasks are gone together');
      assert.equal((await flow.office.act('clerk', 'complete', x.id, { token })).body.code, 'task_closed');
      assert.equal((await flow.office.act('clerk', 'start', y.id)).body.code, 'task_closed');
      await flow.comesTo('beside.do', 'later.do');
      assert.deepEqual(await flow.task('beside.do'), beside, 'what is outside is untouched');
      for (const step of ['beside.do', 'later.do']) await flow.complete(step);
      await flow.ended();
    });
});

test('WCP-26 Cancel Multiple Instance Task', async () => {
  const flow = await Flow.open([
    { id: 'a', steps: [clerical('do', {}, { forEach: [1, 2, 3], onFailure: 'skip' })] },
    one('b', { needs: ['a'] }),
  ]);
  const [first, ...rest] = await flow.office.open(flow.run);
  await flow.office.complete('clerk', first?.id ?? '', 'kept');
  for (const { id } of rest) await flow.office.does('root', 'exit', id);
  assert.deepEqual((await flow.step('a.do')).outputs, ['kept', null, null], 'finished results remain');
  await flow.complete('b.do');
  await flow.ended();
});

test('WCP-27 Complete Multiple Instance Task', async () => {
  const flow = await Flow.open([
    { id: 'a', steps: [clerical('do', {}, { forEach: [1, 2, 3] })] },
    one('b', { needs: ['a'] }),
  ]);
  const [first, ...rest] = await flow.office.open(flow.run);
  await flow.office.complete('clerk', first?.id ?? '', 'by work');
  for (const { id } of rest) await flow.office.does('root', 'force-complete', id, { output: 'by force' });
  for (const { id } of rest) assert.equal(await flow.office.sees('clerk', id), false, 'withdrawn');
  assert.deepEqual((await flow.step('a.do')).outputs, ['by work', 'by force', 'by force']);
  assert.deepEqual(await flow.steps(), ['b.do']);
  await flow.complete('b.do');
  await flow.ended();
});
