import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import {
  ManualClock,
  settled,
  signal,
  refused,
  aTask,
  ScriptedServer,
  NO_USAGE,
  scene,
  endless,
} from '../../test/e2e/worker-scripted.ts';
import { Attempt } from './attempt.ts';
import { FinalError, RetryableError } from './failure.ts';
import type { Handler } from './handler.ts';
import { Unreachable } from './port.ts';
import type { FailureReport } from './port.ts';
import { startWorker } from './worker.ts';

test('a task is claimed, worked on and completed with its result', async () => {
  const seen: unknown[] = [];
  const { server, begin, told } = scene((task) => {
    seen.push(task.input);
    return { total: '12.50' };
  });
  const worker = begin();
  await settled();
  assert.deepEqual(seen, [{ file: 'one.xml' }]);
  assert.deepEqual(server.of('claim')[0]?.body, {
    capabilities: ['reading'],
    waitSeconds: 25,
    leaseSeconds: 30,
  });
  assert.deepEqual(server.of('complete'), [
    {
      what: 'complete',
      key: 'complete/run_1:a.b#1/1/1',
      body: { output: { total: '12.50' }, usage: NO_USAGE },
    },
  ]);
  await worker.stop();
  assert.equal(await worker.ended, null);
  assert.equal(told('completed').length, 1);
});

test('a task goes to the handler of the first capability that somebody here has', async () => {
  const server = new ScriptedServer();
  const done: string[] = [];
  const by = (name: string) => () => void done.push(name);
  server.tasks.push(
    aTask({ requires: ['writing', 'reading'] }),
    aTask({ id: 'run_1:b.c#1', requires: ['counting'] }),
  );
  const handlers = new Map([
    ['reading', by('reading')],
    ['counting', by('counting')],
  ]);
  const worker = startWorker({ name: 'both', log: () => {} }, handlers, {
    port: server,
    clock: new ManualClock(),
  });
  await settled();
  await worker.stop();
  assert.deepEqual(done, ['reading', 'counting']);
});

test('a worker that names no capability claims whatever comes', async () => {
  const server = new ScriptedServer();
  server.tasks.push(aTask({ requires: [], kind: 'record' }));
  const done: string[] = [];
  const handlers = new Map([[null, ({ kind }: { kind: string }) => void done.push(kind)]]);
  const worker = startWorker({ name: 'bank', log: () => {} }, handlers, {
    port: server,
    clock: new ManualClock(),
  });
  await settled();
  await worker.stop();
  assert.deepEqual(done, ['record']);
  const [claim] = server.of('claim');
  assert.deepEqual(claim?.body, { capabilities: null, waitSeconds: 25, leaseSeconds: 60 });
});

test('no more tasks are claimed than are worked on at once', async () => {
  const finish = signal();
  const { server, begin } = scene(() => finish.promise, { concurrency: 2 });
  server.tasks.push(aTask({ id: 'two' }), aTask({ id: 'three' }));
  const worker = begin();
  await settled();
  assert.equal(server.of('claim').length, 2);
  finish.resolve();
  await settled();
  assert.equal(server.of('complete').length, 3);
  await worker.stop();
});

test('heartbeats go out three times in a lease while the handler works, and none after', async () => {
  const finish = signal();
  const { server, clock, begin } = scene(() => finish.promise);
  const worker = begin();
  await clock.pass(30_500);
  assert.equal(server.of('heartbeat').length, 3);
  finish.resolve();
  await clock.pass(60_000);
  assert.equal(server.of('heartbeat').length, 3);
  await worker.stop();
});

test('a heartbeat that finds the task withdrawn aborts the signal, and what the handler returns then is dropped', async () => {
  let reason: unknown;
  const { server, clock, begin, told } = scene(
    (_, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          resolve('too late');
        });
      }),
  );
  server.on = (what) => what === 'heartbeat' && refused('task_closed');
  const worker = begin();
  await clock.pass(10_000);
  assert.equal((reason as Error).name, 'TaskLost');
  assert.equal(server.of('complete').length, 0);
  assert.deepEqual(
    told('lost').map((event) => 'loss' in event && event.loss),
    ['withdrawn'],
  );
  assert.deepEqual(
    told('late').map((event) => 'code' in event && event.code),
    ['withdrawn'],
  );
  await worker.stop();
});

test('a lease that cannot be prolonged is lost when it runs out, and not before', async () => {
  const { server, clock, begin, told, aborted } = endless();
  server.on = (what) => what === 'heartbeat' && new Unreachable('the line is dead');
  const worker = begin();
  await clock.pass(29_900);
  assert.deepEqual(aborted, []);
  assert.ok(server.of('heartbeat').length > 3);
  await clock.pass(10_000);
  assert.equal(aborted.length, 1);
  assert.ok((aborted[0] ?? 0) >= 30_000);
  assert.deepEqual(
    told('lost').map((event) => 'loss' in event && event.loss),
    ['lease'],
  );
  assert.equal(server.of('fail').length, 0);
  assert.equal(server.of('release').length, 1);
  await worker.stop();
});

test('a lease is counted from the last heartbeat that got through', async () => {
  const { server, clock, begin, aborted } = endless();
  server.on = (what, times) => what === 'heartbeat' && times > 2 && new Unreachable('the line is dead');
  const worker = begin();
  await clock.pass(49_900);
  assert.deepEqual(aborted, []);
  await clock.pass(10_000);
  const [lostAt = 0] = aborted;
  assert.ok(lostAt >= 50_000 && lostAt < 60_000, `lost at ${lostAt}`);
  await worker.stop();
});

test('a result waits for the report before it, which it would make a late one', async () => {
  const reported = signal();
  const { server, clock, begin } = scene((_, { progress }) => {
    progress(0.5);
    return clock.pass(1).then(() => 'done');
  });
  server.on = (what) => (what === 'progress' ? reported.promise : undefined);
  const worker = begin();
  await clock.pass(10);
  await settled();
  assert.deepEqual([server.of('progress').length, server.of('complete').length], [1, 0]);
  reported.resolve();
  await settled();
  assert.equal(server.of('complete').length, 1);
  await worker.stop();
});

test('a result is offered again under the same key until the server answers, and the claim is kept alive meanwhile', async () => {
  const { server, clock, begin, told } = scene(() => 'done');
  server.on = (what, times) => what === 'complete' && times < 8 && new Unreachable('gone');
  const worker = begin();
  await clock.pass(40_000);
  assert.equal(server.of('complete').length, 8);
  assert.equal(new Set(server.of('complete').map(({ key }) => key)).size, 1);
  assert.ok(server.of('heartbeat').length >= 1);
  assert.equal(told('completed').length, 1);
  assert.ok(told('disconnected').length >= 1);
  assert.equal(told('disconnected').length, told('reconnected').length);
  await worker.stop();
});

test('a request that gets no answer is sent again under its key', async () => {
  const { server, clock, begin, told } = scene(() => 'done');
  server.on = (what, times) => (what === 'complete' && times === 1 ? new Promise(() => {}) : undefined);
  const worker = begin();
  await clock.pass(29_000);
  assert.equal(server.of('complete').length, 1);
  await clock.pass(2000);
  assert.equal(server.of('complete').length, 2);
  assert.equal(new Set(server.of('complete').map(({ key }) => key)).size, 1);
  assert.equal(told('completed').length, 1);
  await worker.stop();
});

test('a task that has ended leaves nothing behind with the worker', async () => {
  const [closing, closed] = [new AbortController(), new AbortController()];
  const server = new ScriptedServer();
  server.on = (what, times) => what === 'complete' && times === 1 && refused('output_invalid', 422);
  const place = {
    port: server,
    clock: new ManualClock(),
    leaseMs: 30_000,
    closing: closing.signal,
    closed: closed.signal,
    log: () => {},
    onConnection: () => {},
  };
  await new Attempt(place, aTask(), { handle: () => 1, onInvalid: () => 2 }).run();
  assert.equal(server.of('complete').length, 2);
  assert.equal(getEventListeners(closing.signal, 'abort').length, 0);
  assert.equal(getEventListeners(closed.signal, 'abort').length, 0);
});

test('what a handler throws becomes a failure: code and message, never the stack', async () => {
  const cases: [unknown, Omit<FailureReport, 'usage'>][] = [
    [new Error('no such file'), { code: 'agent_failed', message: 'no such file', retryable: true }],
    [
      Object.assign(new Error('open x'), { code: 'ENOENT' }),
      { code: 'enoent', message: 'open x', retryable: true },
    ],
    [
      new RetryableError('busy', { code: 'model_busy' }),
      { code: 'model_busy', message: 'busy', retryable: true },
    ],
    [new FinalError('not an invoice'), { code: 'agent_failed', message: 'not an invoice', retryable: false }],
    ['a string', { code: 'agent_failed', message: 'a string', retryable: true }],
    [undefined, { code: 'agent_failed', message: 'The agent failed without a message.', retryable: true }],
    [
      Object.assign(new Error('x'.repeat(5000)), { code: 'not a code' }),
      { code: 'agent_failed', message: `${'x'.repeat(1999)}…`, retryable: true },
    ],
    [
      new Error(`${'x'.repeat(1998)}🙂 and more`),
      { code: 'agent_failed', message: `${'x'.repeat(1998)}\u{fffd}…`, retryable: true },
    ],
    ['cut \ud83d', { code: 'agent_failed', message: 'cut \u{fffd}', retryable: true }],
  ];
  for (const [thrown, expected] of cases) {
    const { server, begin } = scene(() => {
      throw thrown;
    });
    const worker = begin();
    await settled();
    assert.deepEqual(
      server.of('fail').map(({ body }) => body),
      [{ ...expected, usage: NO_USAGE }],
    );
    await worker.stop();
  }
});

test('a result carries how sure its handler is, by its last word', async () => {
  const { server, begin } = scene((_, { confidence }) => {
    for (const share of [0.2, 0.6, 7, Number.NaN]) confidence(share);
    return 'perhaps';
  });
  const worker = begin();
  await settled();
  assert.deepEqual(server.of('complete')[0]?.body, { output: 'perhaps', usage: NO_USAGE, confidence: 0.6 });
  await worker.stop();
});

test('a handler that is not sure at all says so', async () => {
  const { server, begin } = scene((_, { confidence }) => confidence(0));
  const worker = begin();
  await settled();
  assert.deepEqual(server.of('complete')[0]?.body, { output: null, usage: NO_USAGE, confidence: 0 });
  await worker.stop();
});

test('progress is sent at once, then every two seconds at most, the latest only; usage is counted once', async () => {
  const finish = signal();
  const { server, clock, begin } = scene(async (_, { progress, usage }) => {
    progress(0.1, 'page 1');
    await settled();
    await settled();
    progress(0.2, 'page 2');
    usage({ tokens: 100, cost: 0.5 });
    progress(0.3);
    progress(7);
    await finish.promise;
    usage({ tokens: 5 });
    usage({ tokens: -1, cost: Number.NaN });
    usage({ tokens: Number.POSITIVE_INFINITY });
    return null;
  });
  const worker = begin();
  await clock.pass(1);
  await clock.pass(1900);
  assert.equal(server.of('progress').length, 1);
  await clock.pass(200);
  finish.resolve();
  await settled();
  assert.deepEqual(
    server.of('progress').map(({ body }) => body),
    [
      { fraction: 0.1, message: 'page 1' },
      { fraction: 1, message: 'page 2', usage: { tokens: 100, cost: 0.5 } },
    ],
  );
  assert.deepEqual(server.of('complete')[0]?.body, { output: null, usage: { tokens: 5, cost: 0 } });
  await worker.stop();
});

test('usage of a refused report goes with the result; that of a lost one is repeated under its key', async () => {
  const finish = signal();
  const handler: Handler = async (_, { usage }) => {
    usage({ tokens: 7 });
    await finish.promise;
  };
  const { server, clock, begin } = scene(handler);
  server.on = (what) => what === 'progress' && refused('request_invalid', 400);
  const worker = begin();
  const other = scene(handler);
  other.server.on = (what, times) => what === 'progress' && times < 3 && new Unreachable('gone');
  const another = other.begin();
  await clock.pass(1);
  await other.clock.pass(1);
  finish.resolve();
  await clock.pass(5000);
  await other.clock.pass(5000);
  assert.deepEqual(server.of('complete')[0]?.body, { output: null, usage: { tokens: 7, cost: 0 } });
  assert.equal(server.of('progress').length, 1);
  assert.equal(other.server.of('progress').length, 3);
  assert.equal(new Set(other.server.of('progress').map(({ key }) => key)).size, 1);
  assert.deepEqual(other.server.of('complete')[0]?.body, { output: null, usage: NO_USAGE });
  await worker.stop();
  await another.stop();
});
