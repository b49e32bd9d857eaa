/** Answers that are not taken, or slowly, over a real connection. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { passport } from '../../test/e2e/http-testbed.ts';
import { Site } from '../../test/e2e/http-site.ts';

const LARGE = 'x'.repeat(400_000);
const MB = 1_000_000;

/** A site with a good 8 MB of events. */
async function crowded(limits: object): Promise<{ site: Site; url: string }> {
  const site = await Site.open([passport('other')], { limits });
  const { url } = await site.listen();
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  for (let at = 0; at < 20; at += 1)
    await site.bed.ok('root', 'workflow.start', { definition, input: { at, large: LARGE } });
  return { site, url };
}

/** A connection on which something is asked for, and nothing read until it is resumed. */
async function unread(
  site: Site,
  url: string,
  head = 'GET /v1/events?limit=1000',
  body = '',
): Promise<Socket> {
  const token = await site.tokenOf('root');
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.on('error', () => {});
  const headers = `Host: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.write(`${head} HTTP/1.1\r\n${headers}\r\n\r\n${body}`);
  return socket;
}

/** Of the next request: when nothing has gone over its connection for as long as the server's patience. */
const silence = (): Promise<void> =>
  new Promise((resolve) => {
    const begun = (asked: unknown): void => {
      unsubscribe('http.server.request.start', begun);
      (asked as { response: ServerResponse }).response.once('timeout', () => resolve());
    };
    subscribe('http.server.request.start', begun);
  });

const codeOf = async (site: Site, who: string): Promise<unknown> => {
  const { status, body } = await site.ask(who, 'GET', '/v1/me');
  return status === 200 ? 'yes' : body.code;
};
const until = async (site: Site, who: string, code: string): Promise<void> => {
  while ((await codeOf(site, who)) !== code) await new Promise((resolve) => setImmediate(resolve));
};

test('a reader that takes nothing of an answer is dropped, and makes room (UNREAD-1)', async () => {
  const { site, url } = await crowded({ patience: 200, unread: MB });
  const socket = await unread(site, url);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await until(site, 'root', 'answers_unread');
  await until(site, 'root', 'yes');
  let taken = 0;
  socket.on('data', (piece: Buffer) => (taken += piece.length));
  socket.resume();
  await closed;
  assert.ok(taken < 8 * MB, `${taken} bytes came of what was broken off`);
  await site.close();
});

test('one that takes little at a time gets all of it, however long that takes', async () => {
  const patience = 2_000;
  const { site, url } = await crowded({ patience });
  const socket = await unread(site, url);
  let taken = 0;
  let last = '';
  const began = performance.now();
  const closed = new Promise<void>((resolve) => socket.once('close', resolve));
  const complete = new Promise<void>((resolve) => {
    const take = (): void => {
      const piece = (socket.read(60_000) ?? socket.read()) as Buffer | null;
      taken += piece?.length ?? 0;
      if (piece) last = piece.subarray(-1).toString();
      if (taken > 8 * MB && last === '}') resolve();
      else if (!socket.destroyed) setTimeout(take, 40);
    };
    take();
  });
  await Promise.race([complete, closed]);
  assert.ok(taken > 8 * MB, `${taken} bytes came`);
  assert.ok(performance.now() - began > 2 * patience, 'it took several times the patience');
  socket.destroy();
  await site.close();
});

test('waiting for something to happen is no stall', async () => {
  const agent = passport('agent', { kind: 'agent', capabilities: ['read'] });
  const site = await Site.open([agent], { limits: { patience: 30 } });
  await site.listen();
  const definition = await site.bed.define({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const silent = silence();
  const waiting = site.json('agent', 'POST', '/v1/tasks/claim', { waitSeconds: 60 });
  await silent;
  await site.bed.ok('root', 'workflow.start', { definition });
  const { status, body } = await waiting;
  assert.deepEqual([status, (body['task'] as { status: string }).status], [200, 'in_progress']);
  await site.close();
});

test('whoever leaves too much unread reads nothing more, by itself or in batches; others do (UNREAD-2)', async () => {
  const { site, url } = await crowded({ unread: 12 * MB, patience: 600_000 });
  const read = { jsonrpc: '2.0', id: 1, method: 'event.list', params: { limit: 1000 } };
  const batch = JSON.stringify([read, read, read]);
  const sockets = [await unread(site, url, 'POST /rpc', batch)];
  await until(site, 'root', 'yes');
  const probe = async () => {
    const { text } = await site.json('root', 'POST', '/rpc', read);
    return text.length > MB
      ? 'large'
      : (JSON.parse(text) as { error: { data: { code: string } } }).error.data.code;
  };
  while ((await probe()) === 'large') sockets.push(await unread(site, url));
  assert.equal(await probe(), 'answers_unread');
  assert.equal(await codeOf(site, 'root'), 'yes', 'what is small still fits');
  assert.equal(await codeOf(site, 'other'), 'yes');
  const [first] = sockets;
  let text = '';
  first?.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
  first?.resume();
  while (!text.endsWith(']')) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(text.match(/"code":"answers_unread"/g)?.length, 2, 'of the batch one fits');
  for (const socket of sockets) socket.destroy();
  while ((await probe()) !== 'large') await new Promise((resolve) => setImmediate(resolve));
  await site.close();
});

test('changes are carried out where reads are refused (UNREAD-2)', async () => {
  const { site, url } = await crowded({ unread: 5 * MB, patience: 600_000 });
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  const socket = await unread(site, url);
  await until(site, 'root', 'answers_unread');
  const started = await site.json('root', 'POST', '/v1/runs', { definition });
  assert.equal(started.status, 201);
  socket.destroy();
  await until(site, 'root', 'yes');
  await site.close();
});

test('reads of one participant take turns (UNREAD-3)', async () => {
  const site = await Site.open([passport('other')], { limits: { reads: 2 } });
  await site.listen();
  const { runCounts } = site.bed.store;
  let [now, most] = [0, 0];
  site.bed.store.runCounts = async (...asked) => {
    now += 1;
    most = Math.max(most, now);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return runCounts.apply(site.bed.store, asked);
  };
  const answers = await Promise.all(Array.from({ length: 9 }, () => site.ask('root', 'GET', '/v1/health')));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal(most, 2);
  await site.close();
});
