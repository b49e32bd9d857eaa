import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { passport } from '../../test/e2e/http-testbed.ts';
import { assertProblem, Site } from '../../test/e2e/http-site.ts';
import type { EventView } from '../operations/schema/index.ts';

/** What only shows with a real connection. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const agent = passport('agent', { kind: 'agent', capabilities: ['read'], capacity: 5 });

/** The frames of an event stream, as they come. */
async function* framesOf(response: Response): AsyncGenerator<{ id: number; event: EventView } | 'comment'> {
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const id = /^id: (\d+)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (id !== undefined && data !== undefined)
        yield { id: Number(id), event: JSON.parse(data) as EventView };
      else if (block.startsWith(':')) yield 'comment';
    }
  }
}

async function take(response: Response, count: number): Promise<{ id: number; event: EventView }[]> {
  const taken: { id: number; event: EventView }[] = [];
  for await (const frame of framesOf(response)) {
    if (frame !== 'comment') taken.push(frame);
    if (taken.length >= count) break;
  }
  return taken;
}

const stream = async (
  site: Site,
  path: string,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> =>
  fetch(
    await site.request('root', 'GET', path, {
      headers: { accept: 'text/event-stream', ...headers },
      ...(signal && { signal }),
    }),
  );

test('events come as they happen, and a reader goes on from its cursor: none missed, none twice', async () => {
  const site = await Site.open();
  await site.listen();
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  const { events: known } = await site.bed.ok('root', 'event.list', { limit: 1000 });
  const seen: number[] = [];
  let after = known.at(-1)?.cursor ?? 0;
  for (let round = 0; round < 4; round += 1) {
    const response =
      round % 2 === 0
        ? await stream(site, `/v1/events?after=${after}`)
        : await stream(site, '/v1/events?after=0', { 'last-event-id': String(after) });
    const reading = take(response, 5);
    for (let run = 0; run < 4; run += 1) await site.bed.ok('root', 'workflow.start', { definition });
    const frames = await reading;
    for (const { id, event } of frames) assert.equal(id, event.cursor);
    seen.push(...frames.map(({ event }) => event.index));
    after = frames.at(-1)?.id ?? 0;
  }
  assert.deepEqual(
    seen,
    seen.map((_, at) => known.length + at),
  );
  await site.close();
});

test('what happened before comes first, however much it is', async () => {
  const site = await Site.open();
  await site.listen();
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  for (let at = 0; at < 80; at += 1) await site.bed.ok('root', 'workflow.start', { definition });
  const { events } = await site.bed.ok('root', 'event.list', { limit: 1000 });
  const frames = await take(await stream(site, '/v1/events'), events.length);
  assert.deepEqual(
    frames.map(({ id }) => id),
    events.map(({ cursor }) => cursor),
  );
  await site.close();
});

test('the stream of a run holds that run alone', async () => {
  const site = await Site.open();
  await site.listen();
  const run = await site.bed.start({ id: 'a', wait: { signal: 'go' } });
  const response = await stream(site, `/v1/runs/${run}/events`);
  const reading = take(response, 5);
  await site.bed.start(READ);
  await site.bed.ok('root', 'workflow.signal', { id: run, signal: 'go' });
  const frames = await reading;
  assert.deepEqual(
    frames.map(({ id }) => id),
    [1, 2, 3, 4, 5],
  );
  assert.ok(frames.every(({ event }) => event.run === run));
  const none = await site.request('root', 'GET', '/v1/runs/run_none/events', {
    headers: { accept: 'text/event-stream' },
  });
  assert.equal((await fetch(none)).status, 404);
  const odd = await stream(site, `/v1/runs/${run}/events`, { 'last-event-id': 'odd' });
  assert.equal(odd.status, 400);
  await site.close();
});

test('a quiet stream shows that it lives, and ends when the server stops', async () => {
  const site = await Site.open([], { limits: { heartbeat: 20 } });
  const { stop } = await site.listen();
  const response = await stream(site, '/v1/events?after=1000000');
  let comments = 0;
  for await (const frame of framesOf(response)) {
    assert.equal(frame, 'comment');
    comments += 1;
    if (comments === 2) void stop();
  }
  assert.ok(comments >= 2, 'the stream ended by itself');
  await site.close();
});

test('a stream ends for who may no longer read it', async () => {
  const site = await Site.open([passport('reader'), passport('other')]);
  await site.listen();
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  const followAs = async (who: string): Promise<Response> =>
    fetch(await site.request(who, 'GET', '/v1/events?after=0', { headers: { accept: 'text/event-stream' } }));
  const end = async (response: Response): Promise<string> => (await response.text()).split('\n').at(-3) ?? '';
  const [reader, other] = [await followAs('reader'), await followAs('other')];
  const { rows } = await site.bed.ok('root', 'token.list', {});
  const token = rows.find((row) => row.passport === 'passport_other');
  await site.bed.ok('root', 'participant.update', { id: 'passport_reader', status: 'suspended' });
  await site.bed.ok('root', 'token.revoke', { id: token?.id ?? '' });
  await site.bed.ok('root', 'workflow.start', { definition });
  for (const last of [await end(reader), await end(other)]) assert.ok(!last.includes('run.created'));
  await site.close();
});

test('a stream shows what its reader sees now, not what they saw when they opened it (SSE-3)', async () => {
  const site = await Site.open([agent, passport('reader', { roles: ['operator'] })]);
  await site.listen();
  await site.bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  const run = await site.bed.start(READ);
  const { task } = await site.bed.ok('agent', 'task.claim_next', {});
  const accept = { headers: { accept: 'text/event-stream' } };
  const response = await fetch(await site.request('reader', 'GET', `/v1/runs/${run}/events`, accept));
  await site.bed.ok('root', 'participant.update', { id: 'passport_reader', roles: [] });
  await site.bed.ok('agent', 'task.complete', {
    id: task?.id ?? '',
    token: task?.token ?? 0,
    output: 'secret',
  });
  for await (const frame of framesOf(response)) {
    if (frame === 'comment' || frame.event.type !== 'task.completed') continue;
    assert.deepEqual(frame.event.payload, { task: task?.id, hidden: true });
    break;
  }
  await site.close();
});

test('streams are bounded, and each that ends makes room', async () => {
  const site = await Site.open([], { limits: { streams: 1 } });
  await site.listen();
  const gone = new AbortController();
  const first = await stream(site, '/v1/events', {}, gone.signal);
  assert.equal(first.status, 200);
  const second = await stream(site, '/v1/events');
  assert.deepEqual([second.status, ((await second.json()) as { code: string }).code], [503, 'streams_full']);
  gone.abort();
  for (;;) {
    const next = await stream(site, '/v1/events');
    if (next.status === 200) {
      await next.body?.cancel();
      break;
    }
    await next.text();
  }
  await site.close();
});

test('nobody takes the streams of others, however many they ask for at once', async () => {
  const site = await Site.open([passport('reader')], { limits: { streams: 4, streamsEach: 2 } });
  const run = await site.bed.start({ id: 'a', wait: { for: '1h' } });
  const accept = { headers: { accept: 'text/event-stream' } };
  const ask = async (who: string): Promise<Response> =>
    site.app.fetch(await site.request(who, 'GET', `/v1/runs/${run}/events`, accept));
  await Promise.all(['root', 'reader'].map((who) => site.tokenOf(who)));
  const asked = await Promise.all(Array.from({ length: 5 }, () => ask('root')));
  const [opened, ...rest] = asked.filter(({ status }) => status === 200);
  const refused = asked.filter(({ status }) => status === 503);
  assert.deepEqual([rest.length, refused.length], [1, 3]);
  for (const answer of refused)
    assert.match(await answer.text(), /root has 2 event streams open.*"code":"streams_full"/);
  assert.equal((await ask('reader')).status, 200, 'there is room for others');
  await opened?.body?.cancel();
  assert.equal((await ask('root')).status, 200, 'one that ends makes room');
  assert.equal((await ask('root')).status, 503);
  await site.close();
});

/** A raw request whose answer is not read. */
async function unread(site: Site, url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  const token = await site.tokenOf('root');
  socket.write(
    `GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\n\r\n`,
  );
  return socket;
}

test('a reader that takes nothing is dropped, and holds up nobody', async () => {
  const site = await Site.open([], { limits: { patience: 100, heartbeat: 50, streams: 1 } });
  const { url } = await site.listen();
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  const large = 'x'.repeat(400_000);
  for (let at = 0; at < 30; at += 1)
    await site.bed.ok('root', 'workflow.start', { definition, input: { at, large } });
  const socket = await unread(site, url);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  for (;;) {
    const next = await stream(site, '/v1/events?after=100000');
    if (next.status === 200) {
      await next.body?.cancel();
      break;
    }
    await next.text();
  }
  socket.resume();
  await closed;
  await site.close();
});

test('a body without a length is cut off at the limit', async () => {
  const site = await Site.open([], { limits: { body: 10_000 } });
  await site.listen();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1;
      if (sent > 10_000) controller.close();
      else controller.enqueue(new Uint8Array(5000).fill(32));
    },
  });
  const request = await site.request('root', 'POST', '/v1/runs', {
    body,
    headers: { 'content-type': 'application/json' },
    duplex: 'half',
  });
  const answer = await fetch(request).then(
    async (response) => [response.status, ((await response.json()) as { code: string }).code],
    () => 'cut',
  );
  assert.deepEqual(answer, [413, 'body_too_large']);
  assert.ok(sent < 10_000, 'it was not read to its end');
  assertProblem(await site.json('root', 'POST', '/v1/runs', ' '.repeat(10_001)), 413, 'body_too_large');
  assert.equal((await site.ask('root', 'GET', '/v1/me')).status, 200);
  await site.close();
});

test('a claim waits for a task, and gets the one that comes', async () => {
  const site = await Site.open([agent]);
  await site.listen();
  const definition = await site.bed.define(READ);
  const waiting = site.json('agent', 'POST', '/v1/tasks/claim', { waitSeconds: 60 });
  await site.bed.ok('root', 'workflow.start', { definition });
  const { task } = (await waiting).body as never as { task: { status: string; assignee: string } };
  assert.deepEqual([task.status, task.assignee], ['in_progress', 'passport_agent']);
  await site.close();
});

test('who gives up waiting leaves no claim behind', async () => {
  const site = await Site.open([{ ...agent, capacity: 1 }]);
  await site.listen();
  const definition = await site.bed.define(READ);
  const gone = new AbortController();
  const request = await site.request('agent', 'POST', '/v1/tasks/claim', {
    body: JSON.stringify({ waitSeconds: 60 }),
    headers: { 'content-type': 'application/json' },
    signal: gone.signal,
  });
  const waiting = fetch(request).catch(() => 'gone');
  const claim = () => site.bed.operations.call('task.claim_next', {}, site.bed.as('agent'));
  while ((await claim()).ok) await turn();
  gone.abort();
  assert.equal(await waiting, 'gone');
  while (!(await claim()).ok) await turn();
  const { id } = await site.bed.ok('root', 'workflow.start', { definition });
  const { task } = await site.bed.ok('agent', 'task.claim_next', {});
  assert.equal(task?.run, id);
  await site.close();
});

test('a stop answers who waits with nothing, lets the rest finish, and takes nobody new', async () => {
  const site = await Site.open([agent]);
  const { stop } = await site.listen();
  const request = await site.request('agent', 'POST', '/v1/tasks/claim', {
    body: JSON.stringify({ waitSeconds: 60 }),
    headers: { 'content-type': 'application/json' },
  });
  const token = await site.tokenOf('root');
  assert.ok(token);
  const waiting = fetch(request);
  await site.ask('agent', 'GET', '/v1/me');
  const slow = site.bed.runtime.store.runCounts.bind(site.bed.store);
  let reached = (): void => {};
  let release = (): void => {};
  const arrived = new Promise<void>((resolve) => (reached = resolve));
  const held = new Promise<void>((resolve) => (release = resolve));
  site.bed.store.runCounts = async () => {
    reached();
    await held;
    return slow();
  };
  const underWay = site.ask('root', 'GET', '/v1/health');
  await arrived;
  const stopped = stop();
  assert.deepEqual(await (await waiting).json(), { task: null });
  release();
  assert.equal((await underWay).status, 200);
  await stopped;
  await assert.rejects(site.ask('root', 'GET', '/v1/me'));
  await site.close();
});

test('a body that says it is too large is refused before it comes', async () => {
  const site = await Site.open();
  const { url } = await site.listen();
  const token = await site.tokenOf('root');
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(
    `POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
  );
  const answer = await new Promise((resolve) => socket.once('data', resolve));
  assert.match(String(answer), /^HTTP\/1\.1 413/);
  socket.destroy();
  await site.close();
});

test('a request that is none is refused, and the server goes on', async () => {
  const site = await Site.open();
  const { url } = await site.listen();
  const { port } = new URL(url);
  const say = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.end(text));
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  assert.match(await say('nonsense\r\n\r\n'), /^HTTP\/1\.1 400/);
  assert.match(
    await say('GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 400/,
  );
  assert.match(
    await say('GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 421/,
  );
  assert.match(
    await say('GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 421/,
  );
  assert.match(
    await say('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 200/,
  );
  await site.close();
});

test('a connection that rests is kept for longer than a load balancer keeps it', async () => {
  const site = await Site.open();
  const { url } = await site.listen();
  const response = await fetch(`${url}/healthz`);
  assert.match(response.headers.get('keep-alive') ?? '', /timeout=75/);
  await response.text();
  await site.close();
});
