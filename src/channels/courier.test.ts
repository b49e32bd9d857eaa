import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetClock, sha256 } from '../../test/channels-kit/index.ts';
import { append } from '../../test/contract/fixtures.ts';
import { memoryStore } from '../store/memory/index.ts';
import type { Channel } from './channel.ts';
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
