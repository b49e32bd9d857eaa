import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '../client/index.ts';
import { clientPort } from './client-port.ts';
import { describeEvent, worker, type WorkerEvent } from './index.ts';
import { Refused, Unreachable } from './port.ts';

test('fetching an artifact ends when its task does', { timeout: 5000 }, async () => {
  const asked = Promise.withResolvers<void>();
  const silent: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      asked.resolve();
    });
  const port = clientPort(createClient({ url: 'http://127.0.0.1', token: 'x', retries: 0, fetch: silent }));
  const task = new AbortController();
  const fetching = port.artifact('a'.repeat(64), task.signal);
  await asked.promise;
  task.abort();
  await assert.rejects(fetching, Unreachable);
});

test('a worker with what is no address of a server ends, and says so', async () => {
  const events: WorkerEvent[] = [];
  const { ended } = worker(
    { name: 'w', capabilities: ['x'], url: 'foo', signals: false, log: (event) => void events.push(event) },
    () => null,
  );
  assert.equal((await ended)?.code, 'address_invalid');
  assert.match(describeEvent(events.at(-1) as WorkerEvent), /foo is not an address.*http:\/\/HOST:PORT/);
});

test('content is read as the server reads it: what is not JSON is none', async () => {
  const read = async (content: Uint8Array<ArrayBuffer>): Promise<unknown> => {
    const client = createClient({ url: 'http://h', retries: 0, fetch: async () => new Response(content) });
    return clientPort(client).artifact('a'.repeat(64), new AbortController().signal);
  };
  const text = (content: string) => new TextEncoder().encode(content);
  assert.deepEqual(await read(text('{"a":[1]}')), { a: [1] });
  assert.equal(await read(text('null')), null);
  assert.equal(await read(text('%PDF-1.7')), undefined);
  assert.equal(await read(Uint8Array.of(0x22, 0xff, 0x22)), undefined, 'a string, but not UTF-8');
});

test('what passes by itself is no refusal, and a fault of the server is told as one that may last', async () => {
  const answer = async (status: number, code: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/problem+json' };
    const fetch = async () => Response.json({ status, code, detail: code }, { status, headers });
    const port = clientPort(createClient({ url: 'http://h', retries: 0, fetch }));
    const { signal } = new AbortController();
    return port.heartbeat({ id: 't', token: 1 }, 30, signal).catch((error: unknown) => error);
  };
  for (const status of [408, 425, 429, 502, 503, 504]) {
    const error = await answer(status, 'later');
    assert.ok(error instanceof Unreachable && error.fault === null, `${status}`);
  }
  const fault = await answer(500, 'internal');
  assert.ok(fault instanceof Unreachable && fault.fault?.code === 'internal');
  for (const [status, code] of [
    [429, 'capacity_reached'],
    [409, 'stale_token'],
    [401, 'unauthenticated'],
  ] as const) {
    const error = await answer(status, code);
    assert.ok(error instanceof Refused && error.code === code, code);
  }
});
