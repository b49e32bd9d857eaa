import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetClock, sha256 } from '../../test/channels-kit/index.ts';
import { append } from '../../test/contract/fixtures.ts';
import { memoryStore } from '../store/memory/index.ts';
import type { Attempt, Channel } from './channel.ts';
import { Courier } from './courier.ts';

/** Everything is for one receiver, who refuses it. */
const REFUSING: Channel = {
  id: 'channel_refusing',
  patience: null,
  select: () => Promise.resolve(['there']),
  attempt: () => Promise.resolve({ outcome: 'refused', error: 'no' }),
};

test('COUR-4 a dead letter whose commit fails is kept by the next, though nothing else comes', async () => {
  const [store, clock] = [memoryStore(), new SetClock()];
  const [failed, kept] = [Promise.withResolvers<unknown>(), Promise.withResolvers<void>()];
  const onFault = failed.resolve;
  const parts = { store, clock, sha256, server: null, onAttempt: () => {}, onGone: () => {}, onFault };
  const courier = new Courier(parts, REFUSING);
  await courier.start();
  const commit = store.commit.bind(store);
  let attempts = 0;
  store.commit = async (changes) => {
    const isOurs = changes.some(({ stream }) => stream !== 'run_a');
    if (isOurs && (attempts += 1) === 1) throw new Error('away');
    const results = await commit(changes);
    if (isOurs) kept.resolve();
    return results;
  };
  await store.commit([append('run_a', 0)]);
  courier.wake();
  assert.match(String(await failed.promise), /away/);
  assert.equal(courier.progress.dead, 1);
  clock.move(1000);
  await kept.promise;
  const letters = await store.documents('dead_letter', { limit: 9 });
  assert.deepEqual(
    letters.rows.map(({ body }) => [body['to'], body['outcome']]),
    [['there', 'dead']],
  );
  const stored = await store.document('channel', REFUSING.id);
  assert.equal(stored?.body['dead'], 1);
  await courier.stop();
});

/** A courier with its store and its clock, and nothing that goes wrong. */
async function scene(channel: Channel, server: string | null = null) {
  const [store, clock] = [memoryStore(), new SetClock()];
  const faults: unknown[] = [];
  const onFault = (fault: unknown): void => void faults.push(fault);
  const courier = new Courier(
    { store, clock, sha256, server, onAttempt: () => {}, onGone: () => {}, onFault },
    channel,
  );
  await courier.start();
  const stored = async () =>
    (await store.document('channel', channel.id)) ?? assert.fail('nothing is stored');
  const end = async (): Promise<void> => {
    await courier.stop();
    assert.deepEqual(faults, []);
  };
  return { store, clock, courier, stored, end };
}

/** Of so many entries each is for Ann, whose mailbox is full, and for Zoe; the one behind them is for Bob. */
const mailTo = (many: number, toAnn: () => Attempt) => {
  const bob = Promise.withResolvers<void>();
  const attempts = { ann: 0, zoe: 0, bob: 0 };
  const channel: Channel = {
    id: 'channel_mail',
    patience: null,
    select: async ({ position }) => (position < many ? ['ann', 'zoe'] : ['bob']),
    attempt: async ({ to }) => {
      attempts[to as keyof typeof attempts] += 1;
      if (to === 'bob') bob.resolve();
      return to === 'ann' ? toAnn() : { outcome: 'delivered' };
    },
  };
  return { channel, attempts, bob: bob.promise };
};

test('COUR-2 one receiver of several who takes nothing holds up nobody else, and is tried with everything', async () => {
  const { channel, attempts, bob } = mailTo(300, () => ({
    outcome: 'failed',
    error: '452 the mailbox is full',
    isReceiver: true,
  }));
  const { store, courier, end } = await scene(channel);
  await store.commit([append('run_a', 0, 301)]);
  courier.wake();
  await bob;
  assert.deepEqual(attempts, { ann: 300, zoe: 300, bob: 1 });
  await end();
  const { parcels, dead, delivered } = courier.progress;
  assert.deepEqual([parcels.length, dead, delivered], [100, 200, 301]);
  assert.ok(parcels.every(({ to, position }) => to === 'ann' && position < 100));
  const [letter] = (await store.documents('dead_letter', { limit: 1 })).rows;
  assert.match(JSON.stringify(letter?.body['error']), /mailbox is full.*100 others wait/);
});

test('COUR-2 who takes nothing for a while loses nothing that was kept', async () => {
  let isFull = true;
  const { channel, bob } = mailTo(90, () =>
    isFull
      ? { outcome: 'failed', error: '452 the mailbox is full', isReceiver: true }
      : { outcome: 'delivered' },
  );
  const { store, clock, courier, end } = await scene(channel);
  await store.commit([append('run_a', 0, 91)]);
  courier.wake();
  await bob;
  for (let round = 0; round < 3; round += 1) {
    clock.move(24 * 3_600_000);
    courier.wake();
    await new Promise(setImmediate);
    isFull = round === 0;
  }
  assert.deepEqual([courier.progress.parcels.length, courier.progress.dead], [0, 0]);
  await end();
});

/** A courier that is in the middle of an attempt, which ends as it is told, or when it is cut off. */
const underWay = async () => {
  const begun = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Attempt>();
  const channel: Channel = {
    id: 'channel_slow',
    patience: null,
    select: async () => ['there'],
    attempt: (_, __, signal) => {
      begun.resolve();
      const cut = new Promise<Attempt>((resolve) => {
        signal.addEventListener('abort', () => resolve({ outcome: 'failed', error: 'cut off' }));
      });
      return Promise.race([answer.promise, cut]);
    },
  };
  const made = await scene(channel, 'server_a');
  await made.store.commit([append('run_a', 0)]);
  made.courier.wake();
  await begun.promise;
  const told = async () => {
    const { body } = await made.stored();
    return [body['delivered'], (body['parcels'] as unknown[]).length, body['held']];
  };
  return { ...made, told, answer: answer.resolve };
};

test('what is under way as the server stops is finished, and stored, if it ends soon', async () => {
  const { courier, told, answer } = await underWay();
  const stopped = courier.stop(5000);
  answer({ outcome: 'delivered' });
  await stopped;
  assert.deepEqual(await told(), [1, 0, null]);
});

test('what is under way too long as the server stops is cut off, and carried later', async () => {
  const { courier, clock, told } = await underWay();
  const stopped = courier.stop(5000);
  clock.move(5000);
  await stopped;
  assert.deepEqual(await told(), [0, 1, null]);
});

test('COUR-3 a long way through the log to what is for the channel is stored, and keeps the lease', async () => {
  const MANY = 6000;
  const lost: number[] = [];
  const places = new Set<unknown>();
  const arrived = Promise.withResolvers<void>();
  const channel: Channel = {
    id: 'channel_seldom',
    patience: null,
    select: async ({ position }) => {
      clock.move(100);
      const { body } = await stored();
      const { held } = courier.progress;
      if (position > 0 && (held === null || held.until <= clock.now())) lost.push(position);
      places.add(body['position']);
      if (position === MANY - 1) arrived.resolve();
      return [];
    },
    attempt: async () => ({ outcome: 'delivered' }),
  };
  const { store, clock, courier, stored, end } = await scene(channel, 'server_a');
  await store.commit([append('run_a', 0, MANY)]);
  courier.wake();
  await arrived.promise;
  assert.equal(lost.length, 0, `not held at ${lost[0]}`);
  assert.ok(places.size >= 3, [...places].join());
  await end();
});

test('COUR-3 a server that finds the lease lost carries nothing more', async () => {
  const carried: number[] = [];
  const channel: Channel = {
    id: 'channel_lost',
    patience: null,
    select: async () => [null],
    attempt: async ({ position }) => {
      carried.push(position);
      if (carried.length === 1) {
        const { body, revision } = await stored();
        const held = { by: 'server_b', until: clock.now() + 60_000 };
        const document = {
          kind: 'channel',
          id: channel.id,
          expected: revision,
          body: { ...body, held },
        } as const;
        await store.commit([{ stream: 'organisation', expected: null, entries: [], documents: [document] }]);
      }
      return { outcome: 'delivered' };
    },
  };
  const { store, clock, courier, stored, end } = await scene(channel, 'server_a');
  await store.commit([append('run_a', 0)]);
  courier.wake();
  for (let turn = 0; turn < 9; turn += 1) await new Promise(setImmediate);
  assert.deepEqual(carried, [0]);
  assert.deepEqual((await stored()).body['held'], { by: 'server_b', until: clock.now() + 60_000 });
  await end();
});
