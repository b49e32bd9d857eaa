import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BY, ChannelsBed, LOCAL, Receiver, SetClock } from '../../test/channels-kit/index.ts';
import { memoryStore } from '../store/memory/index.ts';

const NO_FILTER = { runs: [], definitions: [], layers: [] };

test('COUR-3 of two servers on one database one delivers; the other takes over when it stops, and when it is lost', async (context) => {
  const there = await Receiver.open();
  context.after(() => there.close());
  const [store, clock] = [memoryStore(), new SetClock()];
  const open = (name: string) => {
    let ids = 0;
    const newId = (): string => `${name}${(ids += 1)}`;
    return ChannelsBed.open(store, { allowed: LOCAL, shared: true, newId }, clock);
  };
  const [one, two] = [await open('a'), await open('b')];
  const given = { url: there.url, description: null, owner: BY.actor, events: ['run.*'], filter: NO_FILTER };
  const made = await one.channels.subscriptions.create(given, BY);
  assert.ok(made.ok);
  const { id } = made.value.subscription;
  await one.channels.settled();
  two.wake(true);
  await two.channels.settled();
  assert.equal(two.channels.subscriptions.get(id)?.url, there.url);
  const count = async (): Promise<number> => {
    const stored = await store.document('channel', id);
    return (stored?.body['delivered'] as number | undefined) ?? 0;
  };
  const append = async (type: string): Promise<void> => {
    await one.append('run_1', type);
    two.wake();
  };
  await append('run.created');
  await append('run.resumed');
  await one.until(async () => (await count()) === 2);
  await one.channels.stop();
  clock.move(1000);
  await append('run.paused');
  clock.move(60_000);
  await one.until(async () => (await count()) === 3);
  await one.crash();
  await append('run.resumed');
  await two.until(async () => (await count()) === 4);
  await two.channels.stop();
  await append('run.completed');
  one.wake();
  clock.move(61_000);
  await one.until(async () => (await count()) === 5);
  assert.equal(there.received.length, 5);
  await one.channels.stop();
  assert.deepEqual([...one.faults, ...two.faults], []);
});
