import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '../client/index.ts';
import { clientPort } from './client-port.ts';
import { Unreachable } from './port.ts';

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
