import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answering, BY, ChannelsBed, LOCAL, Receiver, SetClock } from '../../test/channels-kit/index.ts';
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

test('where other servers may work too, a webhook that is switched off lets its courier go, and the server stops', async (context) => {
  const there = await Receiver.open();
  context.after(() => there.close());
  there.answer = answering(410);
  const bed = await ChannelsBed.open(memoryStore(), { allowed: LOCAL, shared: true });
  const given = { url: there.url, description: null, owner: BY.actor, events: ['run.*'], filter: NO_FILTER };
  const made = await bed.channels.subscriptions.create(given, BY);
  assert.ok(made.ok);
  const { id } = made.value.subscription;
  await bed.channels.settled();
  await bed.append('run_1', 'run.created');
  await bed.until(() => bed.channels.subscriptions.get(id)?.enabled === false);
  await bed.channels.stop();
  assert.equal((await bed.store.document('channel', id))?.body['held'], null);
  assert.deepEqual(bed.faults, []);
});

test('what is committed while a server starts is delivered', { timeout: 10_000 }, async (context) => {
  const there = await Receiver.open();
  const store = memoryStore();
  const bed = await ChannelsBed.open(store, { allowed: LOCAL });
  context.after(() => Promise.all([bed.channels.stop(), there.close()]));
  const given = { url: there.url, description: null, owner: BY.actor, events: ['run.*'], filter: NO_FILTER };
  await bed.channels.subscriptions.create(given, BY);
  const last = await bed.channels.subscriptions.create(given, BY);
  assert.ok(last.ok);
  await bed.channels.settled();
  await bed.channels.stop();
  const go = Promise.withResolvers<void>();
  const document = store.document.bind(store);
  store.document = async (kind, id) => {
    if (kind === 'channel' && id === last.value.subscription.id) await go.promise;
    return document(kind, id);
  };
  const started = bed.crash();
  for (let turn = 0; turn < 9; turn += 1) await new Promise(setImmediate);
  await bed.append('run_1', 'run.created');
  go.resolve();
  await started;
  await there.until(2);
});

test('BACK-2 a change that comes in while a server stops begins nothing on it', async (context) => {
  const there = await Receiver.open();
  context.after(() => there.close());
  const store = memoryStore();
  const one = await ChannelsBed.open(store, { allowed: LOCAL, shared: true, tells: false });
  const two = await ChannelsBed.open(store, { allowed: LOCAL, shared: true });
  const given = { url: there.url, description: null, owner: BY.actor, events: ['run.*'], filter: NO_FILTER };
  const made = await one.channels.subscriptions.create(given, BY);
  assert.ok(made.ok);
  await one.channels.settled();
  two.wake(true);
  await two.channels.stop();
  await two.channels.settled();
  await one.append('run_1', 'run.created');
  await new Promise(setImmediate);
  const stored = await store.document('channel', made.value.subscription.id);
  assert.deepEqual([stored?.body['held'], there.received.length], [null, 0]);
  await one.channels.stop();
});
