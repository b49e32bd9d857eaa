import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { answering, LOCAL, Receiver, SetClock } from '../../../test/channels-kit/index.ts';
import { NOTHING_ALLOWED, parseAllowed } from './address.ts';
import { urlProblem, type Resolve } from './destination.ts';
import { post, type Outside } from './post.ts';

const noNames: Resolve = () => Promise.reject(new Error('no name is to be resolved'));
const outside = (changes: Partial<Outside> = {}): Outside => ({
  clock: new SetClock(),
  allowed: LOCAL,
  resolve: noNames,
  patience: 15_000,
  ...changes,
});
const posting = (url: string) => ({ url, headers: { 'x-test': 'yes' }, body: '{"a":"ž"}' });

async function receiver(context: TestContext): Promise<Receiver> {
  const opened = await Receiver.open();
  context.after(() => opened.close());
  return opened;
}

test('the body arrives as it is, with its headers', async (context) => {
  const there = await receiver(context);
  assert.deepEqual(await post(posting(there.url), outside()), { status: 204, retryAfter: undefined });
  const [got] = there.received;
  assert.equal(got?.body, '{"a":"ž"}');
  assert.equal(got.headers['x-test'], 'yes');
  assert.equal(got.headers['content-length'], '10');
});

test('POST-2 a redirection is not followed', async (context) => {
  const [there, other] = [await receiver(context), await receiver(context)];
  there.answer = answering(307, { location: other.url });
  assert.deepEqual(await post(posting(there.url), outside()), { status: 307, retryAfter: undefined });
  assert.equal(other.received.length, 0);
});

test('POST-1 an address that is not public is never called, by whatever name', async (context) => {
  const there = await receiver(context);
  const { port } = there;
  const resolve: Resolve = (host) =>
    Promise.resolve(
      host === 'mixed.example'
        ? [
            { address: '93.184.216.34', family: 4 },
            { address: '::ffff:127.0.0.1', family: 6 },
          ]
        : [{ address: '127.0.0.1', family: 4 }],
    );
  const strict = outside({ allowed: NOTHING_ALLOWED, resolve });
  const hosts = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    'evil.example',
    'mixed.example',
  ];
  for (const host of hosts) {
    const posted = await post(posting(`http://${host}:${port}/`), strict);
    assert.ok(
      posted.status === null && /not public/.test(posted.error),
      `${host}: ${JSON.stringify(posted)}`,
    );
  }
  assert.equal(there.received.length, 0);
});

test('POST-1 a name is looked up once, so that a second answer leads nowhere', async (context) => {
  const [there, secret] = [await receiver(context), await receiver(context)];
  let asked = 0;
  const resolve: Resolve = async () => [
    { address: (asked += 1) === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 },
  ];
  const url = `http://rebind.example:${there.port}/`;
  assert.equal((await post(posting(url), outside({ resolve }))).status, 204);
  assert.equal(asked, 1);
  assert.equal(secret.received.length, 0);
  const second = await post(posting(url), outside({ resolve }));
  assert.ok(second.status === null && second.error.includes('127.0.0.2'));
});

test('an exception for a name holds for that name alone', async (context) => {
  const there = await receiver(context);
  const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  const allowed = parseAllowed('hooks.internal');
  const at = (host: string) => post(posting(`http://${host}:${there.port}/`), outside({ allowed, resolve }));
  assert.equal((await at('hooks.internal')).status, 204);
  assert.equal((await at('other.internal')).status, null);
});

test('a receiver that does not answer is left after the patience', async (context) => {
  const server = createServer().listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  const clock = new SetClock();
  const posted = post(
    posting(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    outside({ clock }),
  );
  const [socket] = (await once(server, 'connection')) as [Socket];
  await once(socket, 'data');
  clock.move(15_000);
  assert.deepEqual(await posted, { status: null, error: 'no answer within 15000 ms' });
  socket.destroy();
});

test('POST-4 an answer that is none, but a change of the protocol, counts by its status', async (context) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    );
  }).listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  const closed = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'));
  const posted = await post(
    posting(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    outside(),
  );
  assert.equal(posted.status, 101);
  await closed;
});

test('what has been answered counts, though the connection is lost then', async (context) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'));
  }).listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  const posted = await post(
    posting(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    outside(),
  );
  assert.equal(posted.status, 200);
});

/** Resolves when the head of an answer has come in. */
const answerBegun = (): Promise<void> =>
  new Promise((resolve) => {
    const told = (): void => {
      unsubscribe('http.client.response.finish', told);
      resolve();
    };
    subscribe('http.client.response.finish', told);
  });

const ENDINGS: Readonly<Record<string, (socket: Socket, clock: SetClock) => void>> = {
  'the connection breaks': (socket) => void socket.resetAndDestroy(),
  'the patience is over': (_, clock) => clock.move(15_000),
};
for (const [what, finish] of Object.entries(ENDINGS))
  test(`what has been answered counts, though ${what} in the middle of its body`, async (context) => {
    const server = createServer().listen(0, '127.0.0.1');
    context.after(() => server.close());
    await once(server, 'listening');
    const [clock, begun] = [new SetClock(), answerBegun()];
    const { port } = server.address() as AddressInfo;
    const posted = post(posting(`http://127.0.0.1:${port}/`), outside({ clock }));
    const [socket] = (await once(server, 'connection')) as [Socket];
    await once(socket, 'data');
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf');
    await begun;
    finish(socket, clock);
    assert.deepEqual(await posted, { status: 200, retryAfter: undefined });
    socket.destroy();
  });

test('POST-3 an answer without end counts by its status, and is broken off', async (context) => {
  const there = await receiver(context);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  there.answer = (_, response) => {
    response.writeHead(200).once('close', resolve);
    const more = (): void => void (response.destroyed || response.write('x'.repeat(16_384), more));
    more();
  };
  assert.equal((await post(posting(there.url), outside())).status, 200);
  await closed;
});

test('POST-3 headers without end are an error', async (context) => {
  const there = await receiver(context);
  there.answer = (_, response) => void response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end();
  assert.equal((await post(posting(there.url), outside())).status, null);
});

test('who gives up before the answer gets none', async (context) => {
  const there = await receiver(context);
  const controller = new AbortController();
  there.answer = () => controller.abort();
  assert.equal((await post(posting(there.url), outside(), controller.signal)).status, null);
});

test('a URL is looked at before it is kept', () => {
  const good = ['https://example.com/hooks?x=1', 'https://example.com:8443/', 'https://93.184.216.34/'];
  for (const url of good) assert.equal(urlProblem(url, NOTHING_ALLOWED), null, url);
  const bad = [
    'ftp://example.com',
    'file:///etc/passwd',
    'http://example.com/',
    'http://93.184.216.34/',
    'http://[2606:2800:220:1::1]/',
    'https://user:secret@example.com/',
    'https://example.com/#a',
    'https://127.0.0.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest/meta-data',
    'example.com',
    '',
    `https://example.com/${'x'.repeat(2000)}`,
  ];
  for (const url of bad) assert.ok(urlProblem(url, NOTHING_ALLOWED), url);
  assert.equal(urlProblem('http://127.0.0.1:8080/', LOCAL), null);
  assert.equal(urlProblem('http://hooks.internal/', parseAllowed('hooks.internal')), null);
});
