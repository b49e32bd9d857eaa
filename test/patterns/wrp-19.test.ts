import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-19 Distribution on Enablement: on the worklist with the commit that enables it, not before, and never missing', async () => {
  const office = await Office.open(...clerks('ann'));
  const run = await office.start(clerical('a'), clerical('b'));
  assert.deepEqual(
    (await office.mine('ann')).map(({ step }) => step),
    ['p0.a'],
  );
  const { id } = await office.task(run);
  await office.does('ann', 'start', id);
  const done = await office.act('ann', 'complete', id);
  assert.equal(done.status, 200);
  const [next] = await office.mine('ann');
  assert.equal(next?.step, 'p1.b');
  const events = await office.events(run);
  const at = events.findIndex(({ type }) => type === 'task.completed');
  assert.equal(events[at + 1]?.type, 'task.created', 'in one commit: the next entry');
  await office.restart();
  assert.deepEqual(
    (await office.mine('ann')).map((task) => task.id),
    [next?.id],
  );
  await office.close();
});
