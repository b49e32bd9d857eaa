import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { answering, BY, ChannelsBed, LOCAL, Receiver, type Received } from '../../test/channels-kit/index.ts';
import { memoryStore } from '../store/memory/index.ts';
import type { Given } from './webhook/subscriptions.ts';
import { MOST_ATTEMPTS } from './retry.ts';

const HOUR = 3_600_000;
const NO_FILTER = { runs: [], definitions: [], layers: [] };

interface Scene {
  readonly bed: ChannelsBed;
  readonly there: Receiver;
  subscribe(changes?: Partial<Given>): Promise<{ readonly id: string; readonly secret: string }>;
}

async function scene(context: TestContext): Promise<Scene> {
  const there = await Receiver.open();
  const bed = await ChannelsBed.open(memoryStore(), { allowed: LOCAL });
  context.after(async () => {
    await bed.channels.stop();
    await there.close();
    assert.deepEqual(bed.faults, []);
  });
  const given: Given = {
    url: there.url,
    description: null,
    owner: BY.actor,
    events: ['run.*'],
    filter: NO_FILTER,
  };
  return {
    bed,
    there,
    async subscribe(changes = {}) {
      const made = await bed.channels.subscriptions.create({ ...given, ...changes }, BY);
      assert.ok(made.ok);
      await bed.channels.settled();
      return { id: made.value.subscription.id, secret: made.value.secret };
    },
  };
}

const statusOf = async ({ bed }: Scene, id: string) => {
  const found = (await bed.channels.status()).find((one) => one.id === id);
  return found ?? assert.fail(`there is no channel ${id}`);
};
const delivered = (one: Scene, id: string, count: number) =>
  one.bed.until(async () => (await statusOf(one, id)).delivered === count);
const typesOf = (received: readonly Received[]): string[] =>
  received.map(({ body }) => (JSON.parse(body) as { type: string }).type);

test('a server that does not send marks where a new webhook begins, and leaves it to one that does', async (context) => {
  const there = await Receiver.open();
  const store = memoryStore();
  const silent = await ChannelsBed.open(store, { allowed: LOCAL, shared: true, tells: false });
  const given = { url: there.url, description: null, owner: BY.actor, events: ['run.*'], filter: NO_FILTER };
  const made = await silent.channels.subscriptions.create(given, BY);
  assert.ok(made.ok);
  await silent.channels.settled();
  await silent.append('run_1', 'run.created', { run: 'run_1' });
  const { id } = made.value.subscription;
  const [status] = await silent.channels.status();
  assert.deepEqual([status?.id, status?.enabled, status?.behind, status?.delivered], [id, true, 1, 0]);
  const telling = await ChannelsBed.open(store, { allowed: LOCAL, shared: true, newId: () => 'other' });
  context.after(() => Promise.all([silent.channels.stop(), telling.channels.stop(), there.close()]));
  await there.until(1);
  assert.deepEqual(typesOf(there.received), ['run.created']);
  // COUR-6: asked for at the one, it is carried by the other.
  await telling.until(
    async () => (await telling.channels.deliveries(id, { limit: 1 })).rows[0]?.status === 'delivered',
  );
  const [sent] = (await telling.channels.deliveries(id, { limit: 1 })).rows;
  assert.ok((await silent.channels.redeliver(sent?.id ?? '', BY)).ok);
  telling.wake();
  const [first, second] = await there.until(2);
  assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id']);
});

test('an event arrives signed, with the id it has in the ledger', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  const { id, secret } = await one.subscribe();
  await bed.append('run_1', 'run.created', { run: 'run_1', note: 'ž' });
  const [got] = await there.until(1);
  assert.ok(got);
  const {
    'webhook-id': event = '',
    'webhook-timestamp': at = '',
    'webhook-signature': signature,
  } = got.headers;
  const key = Buffer.from(secret.slice(6), 'base64');
  const expected = createHmac('sha256', key)
    .update(`${String(event)}.${String(at)}.${got.body}`)
    .digest('base64');
  assert.equal(signature, `v1,${expected}`);
  assert.equal(Number(at), Math.floor(bed.clock.now() / 1000));
  const body = JSON.parse(got.body) as { type: string; timestamp: string; data: { index: number } };
  const [entry] = await bed.store.entries({ position: body.data.index - 1 }, 1);
  assert.equal(event, `evt_${Buffer.from(entry?.hash ?? []).toString('hex')}`);
  assert.deepEqual([body.type, body.timestamp], ['run.created', new Date(bed.clock.now()).toISOString()]);
  await delivered(one, id, 1);
});

test('only what is asked for is sent, and only what happens after the subscription', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  await bed.append('run_0', 'run.created');
  const { id } = await one.subscribe({
    events: ['run.completed', 'task.*'],
    filter: { ...NO_FILTER, runs: ['run_1'] },
  });
  await bed.append('run_1', 'run.created');
  await bed.append('run_1', 'task.created');
  await bed.append('run_2', 'task.created');
  await bed.append('run_1', 'run.completed');
  await delivered(one, id, 2);
  assert.deepEqual(typesOf(there.received).toSorted(), ['run.completed', 'task.created']);
});

test('a filter by definition looks at the run', async (context) => {
  const one = await scene(context);
  const { id } = await one.subscribe({ filter: { ...NO_FILTER, definitions: ['invoices'] } });
  const row = {
    definitionVersion: 1,
    status: 'running',
    sequence: 1,
    priority: 5,
    startedBy: 'x',
    parent: null,
  } as const;
  for (const [run, definition] of [
    ['run_1', 'invoices'],
    ['run_2', 'others'],
  ] as const)
    await one.bed.store.commit([
      {
        stream: run,
        expected: null,
        entries: [],
        run: { id: run, definition, ...row, createdAt: 0, updatedAt: 0, endedAt: null, summary: {} },
      },
    ]);
  await one.bed.append('run_2', 'run.created');
  await one.bed.append('run_1', 'run.created');
  await delivered(one, id, 1);
  assert.equal(
    (JSON.parse(one.there.received[0]?.body ?? '') as { data: { run: string } }).data.run,
    'run_1',
  );
});

test('what fails is tried again when it is due, under the same id and with a new signature', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  const { id } = await one.subscribe();
  there.answer = answering(500);
  await bed.append('run_1', 'run.created');
  await there.until(1);
  await bed.until(async () => (await statusOf(one, id)).failed === 1);
  const [waiting] = (await bed.channels.deliveries(id, { limit: 10 })).rows;
  assert.deepEqual(
    [waiting?.status, waiting?.attempts, waiting?.error],
    ['waiting', 1, 'the receiver answered 500'],
  );
  const { due } = waiting as { due: number };
  there.answer = answering(204);
  bed.clock.move(due - bed.clock.now() - 1);
  bed.wake();
  assert.equal(there.received.length, 1);
  bed.clock.move(1);
  const [first, second] = await there.until(2);
  assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id']);
  assert.notEqual(first?.headers['webhook-signature'], second?.headers['webhook-signature']);
  assert.equal(first?.body, second?.body);
  await delivered(one, id, 1);
  assert.equal((await statusOf(one, id)).failingSince, null);
});

test('a receiver that asks for time gets it', async (context) => {
  const one = await scene(context);
  const { id } = await one.subscribe();
  one.there.answer = answering(429, { 'retry-after': '7200' });
  await one.bed.append('run_1', 'run.created');
  await one.bed.until(async () => (await statusOf(one, id)).failed === 1);
  const [waiting] = (await one.bed.channels.deliveries(id, { limit: 10 })).rows;
  assert.equal(waiting?.due, one.bed.clock.now() + 2 * HOUR);
});

test('410 switches the webhook off for all to see; enabled again, it goes on where it was', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  const { id } = await one.subscribe();
  there.answer = answering(410);
  await bed.append('run_1', 'run.created');
  await bed.until(() => bed.channels.subscriptions.get(id)?.enabled === false);
  await bed.channels.settled();
  assert.match(bed.channels.subscriptions.get(id)?.disabledReason ?? '', /410/);
  await bed.append('run_1', 'run.completed');
  assert.equal(there.received.length, 1);
  const refused = await bed.channels.redeliver(`${id}:000000000001`, BY);
  assert.ok(!refused.ok && refused.rejection.code === 'webhook_disabled');
  const entries = await bed.store.entries({ stream: 'organisation', after: 0 }, 10);
  assert.match(entries.at(-1)?.text ?? '', /"type":"webhook\.disabled"/);
  there.answer = answering(200);
  await bed.channels.subscriptions.change(id, { enabled: true }, BY);
  await bed.channels.settled();
  bed.clock.move(HOUR);
  await delivered(one, id, 2);
  assert.deepEqual(new Set(typesOf(there.received)), new Set(['run.created', 'run.completed']));
});

test('COUR-4 what is given up is a dead letter, which can be sent again', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  const { id } = await one.subscribe();
  there.answer = answering(400);
  const [, other] = [await bed.append('run_1', 'run.created'), await bed.append('run_1', 'run.completed')];
  assert.ok(other);
  let healthy = 0;
  for (let round = 0; round < MOST_ATTEMPTS * 3 && (await statusOf(one, id)).dead < 2; round += 1) {
    const { failed, failingSince } = await statusOf(one, id);
    if (failingSince !== null) bed.clock.move(Math.max(0, (bed.clock.next ?? 0) - bed.clock.now()));
    else healthy += 1;
    await bed.until(
      async () => (await statusOf(one, id)).failed > failed || (await statusOf(one, id)).dead === 2,
    );
  }
  assert.ok(healthy <= 1);
  const letters = (await bed.channels.deadLetters(id, { limit: 10 })).rows;
  assert.deepEqual(
    letters.map(({ status, attempts }) => [status, attempts]),
    [
      ['dead', MOST_ATTEMPTS],
      ['dead', MOST_ATTEMPTS],
    ],
  );
  there.answer = answering(200);
  const [letter] = letters;
  const before = there.received.length;
  assert.ok((await bed.channels.redeliver(letter?.id ?? '', BY)).ok);
  await there.until(before + 1);
  await bed.until(async () => (await bed.channels.deadLetters(id, { limit: 10 })).rows.length === 1);
  assert.equal((await bed.store.documents('dead_letter', { limit: 10 })).rows.length, 1);
  bed.clock.move((letters[1]?.endedAt ?? 0) + 90 * 24 * HOUR - bed.clock.now());
  assert.equal(await bed.channels.forget(), 0);
  bed.clock.move(1);
  assert.equal(await bed.channels.forget(), 1);
  assert.deepEqual((await bed.channels.deadLetters(id, { limit: 10 })).rows, []);
  const unknown = await bed.channels.redeliver(`${id}:000000099999`, BY);
  assert.ok(!unknown.ok && unknown.rejection.code === 'delivery_unknown');
});

test('a receiver that takes nothing for five days is switched off', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  const { id } = await one.subscribe();
  there.answer = answering(503);
  for (let hour = 0; bed.channels.subscriptions.get(id)?.enabled === true && hour < 400; hour += 12) {
    const { failed } = await statusOf(one, id);
    await bed.append('run_1', 'run.created');
    await bed.until(async () => (await statusOf(one, id)).failed > failed);
    await bed.channels.settled();
    if (bed.channels.subscriptions.get(id)?.enabled) bed.clock.move(12 * HOUR);
  }
  assert.match(bed.channels.subscriptions.get(id)?.disabledReason ?? '', /five days/);
});

test('COUR-1 after a crash everything arrives that had not been recorded as delivered, and nothing else', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  const { id } = await one.subscribe();
  await bed.append('run_1', 'run.created', { n: 1 });
  await delivered(one, id, 1);
  const hanging = Promise.withResolvers<void>();
  there.answer = (_, response) => void hanging.promise.then(() => response.writeHead(200).end());
  await bed.append('run_1', 'run.resumed', { n: 2 });
  await there.until(2);
  const old = bed.channels;
  there.answer = answering(200);
  await bed.crash();
  await bed.append('run_1', 'run.completed', { n: 3 });
  await delivered(one, id, 3);
  const ids = there.received.map(({ headers }) => headers['webhook-id']);
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(typesOf(there.received).toSorted(), [
    'run.completed',
    'run.created',
    'run.resumed',
    'run.resumed',
  ]);
  hanging.resolve();
  await old.stop();
});

test('a receiver that hangs holds up neither the others nor a stop', async (context) => {
  const one = await scene(context);
  const hanging = await Receiver.open();
  context.after(() => hanging.close());
  hanging.answer = () => {};
  const { id: hung } = await one.subscribe({ url: hanging.url });
  const { id } = await one.subscribe();
  await one.bed.append('run_1', 'run.created');
  await hanging.until(1);
  await delivered(one, id, 1);
  const stopped = one.bed.channels.stop();
  await new Promise(setImmediate);
  one.bed.clock.move(5000);
  await stopped;
  const left = await statusOf(one, hung);
  assert.deepEqual([left.waiting + left.behind > 0, left.failed], [true, 0]);
});

test('COUR-2 an outage costs a bounded number of parcels, and then everything arrives', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  const { id } = await one.subscribe();
  there.answer = answering(503);
  await bed.append('run_1', 'run.created');
  await bed.until(async () => (await statusOf(one, id)).failingSince !== null);
  there.answer = answering(200);
  for (let n = 0; n < 250; n += 1) await bed.append('run_1', 'run.resumed', { n });
  await delivered(one, id, 250);
  bed.clock.move(HOUR);
  await delivered(one, id, 251);
  assert.equal(new Set(there.received.map(({ headers }) => headers['webhook-id'])).size, 251);
});

test('during a rotation both secrets sign; after it, the new one alone', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  const { id, secret } = await one.subscribe();
  const rotated = await bed.channels.subscriptions.rotate(id, HOUR, BY);
  assert.ok(rotated.ok && rotated.value.secret !== secret);
  await bed.append('run_1', 'run.created');
  await delivered(one, id, 1);
  bed.clock.move(HOUR);
  await bed.append('run_1', 'run.completed');
  await delivered(one, id, 2);
  const by = ({ headers, body }: Received, key: string): string => {
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    return `v1,${createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
      .update(signed)
      .digest('base64')}`;
  };
  const [first, second] = there.received as [Received, Received];
  assert.equal(first.headers['webhook-signature'], `${by(first, rotated.value.secret)} ${by(first, secret)}`);
  assert.equal(second.headers['webhook-signature'], by(second, rotated.value.secret));
});

test('SUBS-1 the ledger and the list hold no secret and no path, and a deleted webhook nothing at all', async (context) => {
  const one = await scene(context);
  const { bed, there } = one;
  const { id, secret } = await one.subscribe({ url: `${there.url}/T0PSECRET` });
  assert.ok(!JSON.stringify(bed.channels.subscriptions.all()).includes(secret));
  await bed.channels.subscriptions.delete(id, BY);
  await bed.channels.settled();
  assert.equal(bed.channels.subscriptions.get(id), null);
  const entries = await bed.store.entries({ position: -1 }, 100);
  assert.deepEqual(
    entries.map(({ text }) => (JSON.parse(text) as { type: string }).type),
    ['webhook.created', 'webhook.deleted'],
  );
  for (const { text } of entries) assert.ok(!text.includes(secret) && !text.includes('T0PSECRET'));
  const left = [await bed.store.document('webhook', id), await bed.store.document('webhook_secret', id)];
  assert.ok(!JSON.stringify(left).includes(secret) && !JSON.stringify(left).includes('T0PSECRET'));
  await bed.crash();
  assert.deepEqual(bed.channels.subscriptions.all(), []);
});

test('a test says what the receiver answers, once and at once', async (context) => {
  const one = await scene(context);
  const { id } = await one.subscribe();
  one.there.answer = answering(418);
  assert.deepEqual(await one.bed.channels.test(id), { ok: true, value: { status: 418, error: null } });
  assert.deepEqual(typesOf(one.there.received), ['webhook.test']);
  const unknown = await one.bed.channels.test('webhook_none');
  assert.ok(!unknown.ok && unknown.rejection.code === 'webhook_unknown');
});

test('where somebody else is first at the stream, the entry goes behind theirs', async (context) => {
  const one = await scene(context);
  const changes = [1, 2, 3, 4].map((n) => one.subscribe({ description: String(n) }));
  await Promise.all(changes);
  const entries = await one.bed.store.entries({ stream: 'organisation', after: 0 }, 10);
  assert.deepEqual(
    entries.map(({ sequence }) => sequence),
    [1, 2, 3, 4],
  );
});

test('a webhook to an address of the server is refused', async (context) => {
  const { bed } = await scene(context);
  const given = { description: null, owner: BY.actor, events: ['*'], filter: NO_FILTER };
  const made = await bed.channels.subscriptions.create({ ...given, url: 'https://169.254.169.254/' }, BY);
  assert.ok(!made.ok && made.rejection.code === 'webhook_url_refused');
});
