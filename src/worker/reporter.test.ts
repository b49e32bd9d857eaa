import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_USAGE, refused, scene, settled, signal } from '../../test/e2e/worker-scripted.ts';
import type { HandlerContext } from './handler.ts';
import type { FailureReport } from './port.ts';

test('of a task that is lost nothing more is told', async () => {
  const { server, clock, begin } = scene((_, { signal, progress }) => {
    progress(0.1);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => (progress(0.9), resolve(null)));
    });
  });
  server.on = (what) => what === 'heartbeat' && refused('task_closed');
  const worker = begin();
  await clock.pass(60_000);
  assert.deepEqual(
    server.of('progress').map(({ body }) => body),
    [{ fraction: 0.1 }],
  );
  await worker.stop();
});

test('of a task that has ended its handler tells nothing more', async () => {
  let late: HandlerContext['progress'] | undefined;
  const { server, clock, begin } = scene((_, { progress }) => void (late = progress));
  const worker = begin();
  await settled();
  late?.(0.5);
  await clock.pass(5000);
  assert.deepEqual([server.of('complete').length, server.of('progress').length], [1, 0]);
  await worker.stop();
});

test('what is told while a report is on its way is reported after it', async () => {
  const [answered, finish] = [signal(), signal()];
  const { server, clock, begin } = scene(async (_, { progress }) => {
    progress(0.1);
    await clock.pass(1);
    progress(Number.NaN, 'page 2');
    await finish.promise;
  });
  server.on = (what, times) => (what === 'progress' && times === 1 ? answered.promise : undefined);
  const worker = begin();
  await clock.pass(10);
  answered.resolve();
  await clock.pass(5000);
  assert.deepEqual(
    server.of('progress').map(({ body }) => body),
    [{ fraction: 0.1 }, { message: 'page 2' }],
  );
  finish.resolve();
  await settled();
  await worker.stop();
});

test('usage that neither a report nor the result could bring is counted once with the failure', async () => {
  const finish = signal();
  const { server, clock, begin } = scene(async (_, { usage }) => {
    usage({ tokens: 7 });
    await finish.promise;
  });
  server.on = (what) =>
    (what === 'progress' && refused('request_invalid', 400)) ||
    (what === 'complete' && refused('policy_denied', 403));
  const worker = begin();
  await clock.pass(1);
  finish.resolve();
  await settled();
  assert.deepEqual(
    server.of('fail').map(({ body }) => (body as FailureReport).usage),
    [{ ...NO_USAGE, tokens: 7 }],
  );
  await worker.stop();
});
