import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createClient } from '../../src/client/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { codeOf, piled, PostRoom } from '../e2e/pile-kit.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

async function twoNodes() {
  const databaseUrl = await serverOf(postgres).newSchema();
  const open = () => openServer({ databaseUrl, port: 0, log: pino({ level: 'silent' }) });
  const one = await open();
  const two = await open();
  const admin = createClient({ url: one.url, token: one.adminToken, retries: 0 });
  return { one, two, admin, stop: () => Promise.all([one.stop(), two.stop()]) };
}

test(
  'a pile goes on at whatever node its holder comes to, and is theirs at all of them',
  needed,
  async (t) => {
    const { one, two, admin, stop } = await twoNodes();
    t.after(stop);
    const room = await PostRoom.open(admin, 5);
    const [first, second, third] = room.runs;
    const [ann, annThere, bo, boThere] = [
      room.clerk('ann', one.url),
      room.clerk('ann', two.url),
      room.clerk('bo', one.url),
      room.clerk('bo', two.url),
    ];
    await ann.task.start({ id: room.task(0) });
    assert.equal(await piled(ann, room.task(0)), second, `after ${first}`);
    await bo.task.start({ id: room.task(4) });
    for (const clerk of [bo, boThere]) assert.equal(await codeOf(piled(clerk, room.task(4))), 'pile_taken');
    assert.equal(await piled(annThere, room.task(1)), third);
    for (const clerk of [bo, boThere]) assert.equal(await codeOf(piled(clerk, room.task(4))), 'pile_taken');
    await annThere.task.complete({ id: room.task(2) });
    assert.equal(await piled(bo, room.task(4)), room.runs[3], 'Ann has stopped');
  },
);

test('of two who begin a pile at two nodes at once one gets it', needed, async (t) => {
  const { one, two, admin, stop } = await twoNodes();
  t.after(stop);
  for (let round = 0; round < 10; round += 1) {
    const room = await PostRoom.open(admin, 4);
    const [ann, bo] = [room.clerk('ann', one.url), room.clerk('bo', two.url)];
    await ann.task.start({ id: room.task(0) });
    await bo.task.start({ id: room.task(1) });
    const begun = await Promise.all(
      [piled(ann, room.task(0)), piled(bo, room.task(1))].map((asked) => asked.catch(() => null)),
    );
    assert.equal(begun.filter((run) => run !== null).length, 1, `${round}: ${begun.join()}`);
    for (const id of room.runs) await codeOf(admin.workflow.cancel({ id }));
  }
});
