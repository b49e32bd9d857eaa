import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { answering, BY, ChannelsBed, LOCAL, Receiver } from '../../test/channels-kit/index.ts';
import { memoryStore } from '../store/memory/index.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A webhook whose receiver takes nothing. */
async function scene(context: TestContext) {
  const there = await Receiver.open();
  there.answer = answering(503);
  const bed = await ChannelsBed.open(memoryStore(), { allowed: LOCAL });
  context.after(async () => {
    await bed.channels.stop();
    await there.close();
    assert.deepEqual(bed.faults, []);
  });
  const filter = { runs: [], definitions: [], layers: [] };
  const given = { url: there.url, description: null, owner: BY.actor, events: ['run.*'], filter };
  const made = await bed.channels.subscriptions.create(given, BY);
  assert.ok(made.ok);
  await bed.channels.settled();
  const { id } = made.value.subscription;
  const status = async () =>
    (await bed.channels.status()).find((one) => one.id === id) ?? assert.fail('no status');
  const failure = async (cause: () => unknown): Promise<void> => {
    const { failed } = await status();
    await cause();
    await bed.until(async () => (await status()).failed > failed);
    await bed.channels.settled();
  };
  return {
    bed,
    there,
    id,
    status,
    happens: () => failure(() => bed.append('run_1', 'run.created')),
    waits: (ms: number) => failure(() => bed.clock.move(ms)),
    isEnabled: () => bed.channels.subscriptions.get(id)?.enabled === true,
    enable: async () => {
      assert.ok((await bed.channels.subscriptions.change(id, { enabled: true }, BY)).ok);
      await bed.channels.settled();
    },
  };
}

test('days in which nothing was tried are none in which nothing got through', async (context) => {
  const { bed, status, happens, waits, isEnabled } = await scene(context);
  await happens();
  while ((await status()).waiting > 0) await waits(Math.max(0, (bed.clock.next ?? 0) - bed.clock.now()));
  assert.equal((await status()).dead, 1);
  bed.clock.move(3 * DAY);
  await happens();
  assert.ok(isEnabled());
});

test('a webhook that is enabled again has five days again', async (context) => {
  const { happens, waits, isEnabled, enable, bed } = await scene(context);
  for (let hour = 0; isEnabled() && hour < 400; hour += 12) {
    await happens();
    if (isEnabled()) bed.clock.move(12 * HOUR);
  }
  assert.ok(!isEnabled());
  await enable();
  await waits(HOUR);
  assert.ok(isEnabled());
});

test('a webhook that could not be switched off goes on, as it is shown', async (context) => {
  const { bed, there, status, id, happens, waits, isEnabled } = await scene(context);
  const { store } = bed;
  const commit = store.commit.bind(store);
  const away = new Error('the database is away');
  const somebodyElse = async (): Promise<void> => {
    const { body, revision } = (await store.document('webhook', id)) ?? assert.fail('no webhook');
    const document = { kind: 'webhook', id, expected: revision, body } as const;
    await commit([{ stream: 'organisation', expected: null, entries: [], documents: [document] }]);
  };
  let before: (() => Promise<void>) | null = null;
  store.commit = async (changes) => {
    const isOurs = changes.some(({ documents }) => documents?.some(({ kind }) => kind === 'webhook'));
    const call = isOurs ? before : null;
    if (call) before = null;
    await call?.();
    return commit(changes);
  };
  there.answer = answering(410);
  before = () => Promise.reject(away);
  await happens();
  assert.deepEqual(bed.faults.splice(0), [away]);
  assert.ok(isEnabled());
  before = somebodyElse;
  await waits(HOUR);
  assert.ok(isEnabled());
  there.answer = answering(204);
  bed.clock.move(HOUR);
  await bed.until(async () => (await status()).delivered === 1);
  assert.equal(there.received.length, 3);
});

test('a webhook that could not be switched off goes on, though the database comes back only later', async (context) => {
  const { bed, there, status } = await scene(context);
  const { store } = bed;
  const [commit, document] = [store.commit.bind(store), store.document.bind(store)];
  const away = new Error('the database is away');
  const back = Promise.withResolvers<void>();
  let isAway = false;
  store.commit = async (changes) => {
    isAway ||= changes.some(({ documents }) => documents?.some(({ kind }) => kind === 'webhook'));
    if (isAway) throw away;
    return commit(changes);
  };
  store.document = async (kind, name) => {
    if (!isAway) return document(kind, name);
    store.commit = commit;
    isAway = false;
    setImmediate(back.resolve);
    throw away;
  };
  there.answer = answering(410);
  await bed.append('run_1', 'run.created');
  await back.promise;
  assert.deepEqual(new Set(bed.faults.splice(0)), new Set([away]));
  there.answer = answering(204);
  bed.clock.move(1000);
  await bed.channels.settled();
  bed.clock.move(HOUR);
  await bed.until(async () => (await status()).delivered === 1);
});
