import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BY, ChannelsBed, LOCAL, Receiver } from '../../test/channels-kit/index.ts';
import { memoryStore } from '../store/memory/index.ts';

test('a list of deliveries goes on behind what its cursor names, also when that is shown no more', async (context) => {
  const there = await Receiver.open();
  const bed = await ChannelsBed.open(memoryStore(), { allowed: LOCAL });
  const { channels } = bed;
  context.after(() => Promise.all([channels.stop(), there.close()]));
  const filter = { runs: [], definitions: [], layers: [] };
  const given = { url: there.url, description: null, owner: BY.actor, events: ['run.*'], filter };
  await channels.subscriptions.create(given, BY);
  await channels.settled();
  const deliverUntil = async (total: number): Promise<void> => {
    for (let n = there.received.length; n < total; n += 1) await bed.append('run_1', 'run.resumed');
    await bed.until(async () => (await channels.status())[0]?.delivered === total);
  };
  const pageOf = async (limit: number, cursor?: string) => {
    const { rows, next } = await channels.deliveries(undefined, { limit, ...(cursor && { cursor }) });
    return { places: rows.map(({ position }) => position), next };
  };

  await deliverUntil(5);
  const all = await pageOf(9);
  const first = await pageOf(3);
  assert.ok(first.next !== null);
  const second = await pageOf(3, first.next);
  assert.deepEqual([...first.places, ...second.places], all.places);
  assert.deepEqual([all.next, second.next], [null, null]);
  // Only the last fifty are kept.
  await deliverUntil(53);
  assert.deepEqual((await pageOf(3, first.next)).places, []);
  await assert.rejects(pageOf(3, 'nonsense'), { code: 'invalid_cursor' });
});
