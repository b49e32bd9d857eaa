import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endless, refused, scene, settled, signal } from '../../test/e2e/worker-scripted.ts';
import type { TaskLost } from './hold.ts';
import { Unreachable } from './port.ts';

test('a lease is counted from when its heartbeat was sent: the server may have taken it then', async () => {
  const { server, clock, begin, aborted } = endless();
  server.on = (what, times) => {
    if (what !== 'heartbeat') return undefined;
    if (times > 1) return new Unreachable('the line is dead');
    return new Promise<void>((resolve) => void clock.after(8000, resolve));
  };
  const worker = begin();
  await clock.pass(60_000);
  assert.deepEqual(aborted, [40_000]);
  await worker.stop();
});

test('a heartbeat that is under way when its task ends is no lost connection', async () => {
  const finish = signal();
  const { server, clock, begin, told } = scene(() => finish.promise);
  server.heartbeat = (_task?: unknown, _seconds?: unknown, given?: AbortSignal) =>
    new Promise((_, reject) => {
      given?.addEventListener('abort', () => reject(new Unreachable('aborted')));
    });
  const worker = begin();
  await clock.pass(10_000);
  finish.resolve();
  await settled();
  assert.equal(told('completed').length, 1);
  assert.deepEqual(told('disconnected'), []);
  await worker.stop();
});

test('whoever is told with a report that its token counts no more stops working', async () => {
  let reason: unknown;
  const { server, clock, begin } = scene((_, { signal, progress }) => {
    progress(0.5);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve((reason = signal.reason)));
    });
  });
  server.on = (what) => what === 'progress' && refused('unauthenticated', 401);
  const worker = begin();
  await clock.pass(10);
  assert.equal((reason as TaskLost | undefined)?.loss, 'refused');
  assert.equal(server.of('complete').length + server.of('fail').length, 0);
  await worker.stop();
});
