import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Office } from './office.ts';

test('WRP-11 Automatic Execution: a step without work for anybody runs by itself, on the authority of its definition', async () => {
  const office = await Office.open();
  const run = await office.start({ id: 'a', wait: { for: '1s' } }, { id: 'b', wait: { for: '0s' } });
  assert.deepEqual(await office.open(run), [], 'it is on no worklist');
  await office.until(async () => {
    office.site.bed.clock.move(1000);
    return (await office.verdict(run)).verdict === 'ok';
  });
  const done = (await office.events(run)).filter(({ type }) => type === 'wait.completed');
  assert.equal(done.length, 2);
  for (const { actor, authority } of done) {
    assert.equal(actor, 'system:humanos');
    assert.deepEqual([authority.kind, authority.id], ['definition', 'job1']);
  }
  await office.close();
});
