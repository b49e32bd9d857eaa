import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LOCAL, Receiver, sha256 } from '../../test/channels-kit/index.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { Channels } from '../channels/index.ts';
import { memoryStore } from '../store/memory/index.ts';
import { newId } from './identity.ts';

async function testbed(context: TestContext): Promise<{ readonly bed: Testbed; readonly there: Receiver }> {
  const [store, there] = [memoryStore(), await Receiver.open()];
  const channels: Channels = new Channels({
    store,
    clock: {
      now: () => bed.clock.now(),
      after: (ms, call) => bed.clock.after(ms, call),
      soon: (call) => bed.clock.soon(call),
    },
    sha256,
    people: { passport: () => null, passports: () => [], isNamed: () => false, mayTake: () => false },
    version: '0',
    allowed: LOCAL,
    mail: null,
    newId,
    subscribe: (call) => bed.runtime.feed.subscribe(() => call(false)),
    onRecorded: () => bed.runtime.log.wake(),
    onFault: (fault) => void bed.faults.push(fault),
  });
  const bed: Testbed = new Testbed(store, { channels });
  await bed.runtime.start();
  await bed.add(
    passport('root', { roles: ['administrator'] }),
    passport('ann'),
    passport('bot', { kind: 'agent' }),
  );
  await channels.start();
  context.after(async () => {
    await channels.stop();
    await bed.close();
    await there.close();
  });
  return { bed, there };
}

test('CHOP-1 a secret is told once: to a repetition of the same request, and to no list', async (context) => {
  const { bed, there } = await testbed(context);
  const input = { url: there.url, events: ['run.*'] };
  const made = await bed.ok('root', 'webhook.create', input, { idempotencyKey: 'one' });
  assert.match(made.secret ?? '', /^whsec_/);
  assert.deepEqual(await bed.ok('root', 'webhook.create', input, { idempotencyKey: 'one' }), made);
  const { rows } = await bed.ok('root', 'webhook.list', {});
  assert.deepEqual(rows, [made.webhook]);
  assert.deepEqual([made.webhook.owner, made.webhook.enabled], ['passport_root', true]);
  const rotated = await bed.ok('root', 'webhook.rotate_secret', { id: made.webhook.id });
  assert.notEqual(rotated.secret, made.secret);
  const { events } = await bed.ok('root', 'event.list', { after: 0, limit: 1000 });
  const text = JSON.stringify(events);
  assert.ok(!text.includes(made.secret ?? '') && !text.includes(rotated.secret ?? ''));
  const created = events.find(({ type }) => type === 'webhook.created');
  assert.deepEqual(
    [created?.actor, created?.onBehalfOf, created?.authority],
    ['passport_root', 'passport_root', { kind: 'role', id: 'administrator' }],
  );
});

test('for how long a webhook has not delivered anything is among the numbers', async (context) => {
  const { bed, there } = await testbed(context);
  there.answer = (_, response) => void response.writeHead(503).end();
  const { webhook } = await bed.ok('root', 'webhook.create', { url: there.url, events: ['webhook.*'] });
  const failing = async (): Promise<number> =>
    (await bed.operations.gauges()).stored?.channels.webhook?.failing ?? NaN;
  assert.equal(await failing(), 0);
  await bed.ok('root', 'webhook.rotate_secret', { id: webhook.id });
  const isKnown = async (): Promise<boolean> =>
    (await bed.ok('root', 'channel.list', {})).rows.some(({ failingSince }) => failingSince !== null);
  while (!(await isKnown())) await new Promise(setImmediate);
  bed.clock.move(90_000);
  assert.ok((await failing()) >= 90_000);
});

test('what the organisation writes and what webhooks write go behind one another', async (context) => {
  const { bed, there } = await testbed(context);
  await Promise.all(
    Array.from({ length: 6 }, async (_, at) => {
      if (at % 2 === 0) await bed.add(passport(`p${at}`));
      else await bed.ok('root', 'webhook.create', { url: there.url, events: ['*'] });
    }),
  );
  assert.equal((await bed.ok('root', 'webhook.list', { limit: 2 })).rows.length, 2);
  const entries = await bed.store.entries({ stream: 'organisation', after: 0 }, 100);
  assert.deepEqual(
    entries.map(({ sequence }) => sequence),
    entries.map((_, at) => at + 1),
  );
  await bed.add(passport('late'));
});

test('a webhook is changed, switched off, tried and ended', async (context) => {
  const { bed, there } = await testbed(context);
  const { webhook } = await bed.ok('root', 'webhook.create', { url: there.url, events: ['*'] });
  const { id } = webhook;
  const changed = await bed.ok('root', 'webhook.update', { id, events: ['task.*'], enabled: false });
  assert.deepEqual([changed.events, changed.enabled, changed.url], [['task.*'], false, there.url]);
  assert.deepEqual(await bed.ok('root', 'webhook.test', { id }), { status: 204, error: null });
  assert.equal(await bed.no('root', 'channel.redeliver', { id: `${id}:000000000000` }), 'webhook_disabled');
  assert.equal(await bed.no('root', 'channel.redeliver', { id: 'nothing' }), 'delivery_unknown');
  assert.equal(
    await bed.no('root', 'webhook.update', { id, url: 'https://10.0.0.1/' }),
    'webhook_url_refused',
  );
  assert.equal(await bed.no('root', 'webhook.update', { id, owner: 'passport_bot' }), 'owner_required');
  assert.equal(
    await bed.no('root', 'webhook.create', { url: there.url, events: ['run'] }),
    'request_invalid',
  );
  await bed.ok('root', 'webhook.delete', { id });
  for (const name of ['webhook.get', 'webhook.delete', 'webhook.test', 'webhook.rotate_secret'] as const)
    assert.equal(await bed.no('root', name, { id }), 'webhook_unknown', name);
  assert.deepEqual((await bed.ok('root', 'channel.list', {})).rows, []);
});

test('people say where they are reached themselves; others only if they register participants', async (context) => {
  const { bed } = await testbed(context);
  const email = 'ann@example.com';
  assert.equal((await bed.ok('ann', 'contact.get', { id: 'me' })).email, null);
  assert.equal((await bed.ok('ann', 'contact.set', { id: 'me', email })).participant, 'passport_ann');
  assert.equal((await bed.ok('root', 'contact.get', { id: 'passport_ann' })).email, email);
  assert.equal(await bed.no('bot', 'contact.get', { id: 'passport_ann' }), 'forbidden');
  assert.equal(await bed.no('bot', 'contact.set', { id: 'passport_ann', email }), 'forbidden');
  assert.equal(await bed.no('root', 'contact.set', { id: 'passport_none', email }), 'participant_unknown');
  assert.equal(
    await bed.no('ann', 'contact.set', { id: 'me', email: 'a@b\r\nBcc: x@y.z' }),
    'request_invalid',
  );
  assert.equal((await bed.ok('root', 'contact.set', { id: 'passport_ann', email: null })).email, null);
});

test('an event is delivered, seen in the list, and delivered again under its id', async (context) => {
  const { bed, there } = await testbed(context);
  await bed.ok('root', 'webhook.create', { url: there.url, events: ['run.created'] });
  await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  await there.until(1);
  const seen = async () => (await bed.ok('root', 'channel.deliveries', {})).rows;
  await bed.until(async () => (await seen())[0]?.status === 'delivered');
  const [row] = await seen();
  await bed.ok('root', 'channel.redeliver', { id: row!.id });
  const [first, second] = await there.until(2);
  assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id']);
});

test('a server that was put together without channels says so', async () => {
  const bed = await Testbed.open();
  assert.equal(await bed.no('root', 'webhook.list', {}), 'channels_off');
  await bed.close();
});
