import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, signal, refused, aTask, scene } from '../../test/e2e/worker-scripted.ts';
import { Unreachable } from './port.ts';
import type { ClaimedTask } from './port.ts';

test('while the server is away a worker asks less and less often, and goes on when it is back', async () => {
  const { server, clock, begin, told } = scene(() => 'done');
  server.on = (what, times) => what === 'claim' && times <= 12 && new Unreachable('away');
  const worker = begin();
  await clock.pass(10_000);
  const early = server.of('claim').length;
  assert.ok(early >= 5 && early <= 8, `${early} claims in the first ten seconds`);
  await clock.pass(120_000);
  assert.equal(told('completed').length, 1);
  assert.equal(told('disconnected').length, 1);
  await worker.stop();
});

test('a claim whose answer was lost is repeated under its key until there is one, however long it takes', async () => {
  const { server, clock, begin } = scene(() => 'done');
  const never = new Promise(() => {});
  server.on = (what, times) =>
    what === 'claim' && times <= 12 && (times === 1 ? never : new Unreachable('away'));
  const worker = begin();
  await clock.pass(180_000);
  const keys = server.of('claim').map(({ key }) => key);
  assert.equal(new Set(keys.slice(0, 13)).size, 1);
  assert.equal(new Set(keys.slice(12)).size, keys.length - 12, 'after an answer there is a new one');
  await worker.stop();
});

test('a server that gives nothing and does not wait is not asked without pause, though no wait is asked for', async () => {
  for (const waitSeconds of [25, 0]) {
    const { server, clock, begin } = scene(() => 'done', { waitSeconds });
    server.claimNext = async () => {
      server.calls.push({ what: 'claim' });
      await new Promise(setImmediate);
      return null;
    };
    const worker = begin();
    for (let second = 0; second < 10; second += 1) await clock.pass(1000);
    assert.ok(server.of('claim').length < 10, `${server.of('claim').length} claims for ${waitSeconds}`);
    await worker.stop();
  }
});

test('capacity that is used up elsewhere is waited for', async () => {
  const { server, clock, begin, told } = scene(() => 'done');
  server.on = (what, times) => what === 'claim' && times <= 2 && refused('capacity_reached');
  const worker = begin();
  await clock.pass(5000);
  assert.equal(told('completed').length, 1);
  await worker.stop();
});

test('a server that does not know the token ends the worker, with what it said', async () => {
  const { server, begin, told } = scene(() => 'done');
  server.on = (what) => what === 'claim' && refused('unauthenticated', 401);
  const rejection = await begin().ended;
  assert.equal(rejection?.code, 'unauthenticated');
  assert.equal(told('rejected').length, 1);
});

test('a worker whose token is refused to one of its claims waits with none of the others', async () => {
  const { server, begin, told } = scene(() => 'done', { concurrency: 2 });
  server.tasks.length = 0;
  server.on = (what, times) => what === 'claim' && times === 2 && refused('unauthenticated', 401);
  begin();
  await settled();
  assert.equal(told('rejected').length, 1);
});

test('a stop lets the handler finish within the grace', async () => {
  const finish = signal();
  const { server, clock, begin, told } = scene(() => finish.promise);
  const worker = begin();
  await settled();
  const stopped = worker.stop(5);
  await clock.pass(4000);
  finish.resolve();
  await stopped;
  assert.equal(server.of('complete').length, 1);
  assert.equal(server.of('claim').length, 1);
  assert.deepEqual(told('stopping'), [{ type: 'stopping', held: 1, graceSeconds: 5 }]);
});

test('what is not finished within the grace is told so and given back, with its usage', async () => {
  let aborted = false;
  const { server, clock, begin } = scene((_, { signal, usage }) => {
    usage({ tokens: 3 });
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    return new Promise(() => {});
  });
  server.on = (what, times) => what === 'progress' && times === 1 && refused('request_invalid', 400);
  const worker = begin();
  await settled();
  const stopped = worker.stop(5);
  await clock.pass(4900);
  assert.equal(aborted, false);
  await clock.pass(200);
  assert.equal(aborted, true);
  await clock.pass(2000);
  await stopped;
  assert.equal(server.of('progress').length, 2, 'one that was refused, and one before it is given back');
  assert.deepEqual(server.of('progress').at(-1)?.body, { usage: { tokens: 3, cost: 0 } });
  assert.deepEqual(
    server.of('release').map(({ body }) => body),
    ['the worker stops'],
  );
  assert.equal(server.of('complete').length + server.of('fail').length, 0);
});

test('what is given back without a word of tokens brings its cost with it', async () => {
  const { server, clock, begin } = scene((_, { usage }) => {
    usage({ cost: 2 });
    return new Promise(() => {});
  });
  server.on = (what, times) => what === 'progress' && times === 1 && refused('request_invalid', 400);
  const worker = begin();
  await settled();
  const stopped = worker.stop(0);
  await clock.pass(2000);
  await stopped;
  assert.equal(server.of('progress').length, 2);
  assert.deepEqual(server.of('progress').at(-1)?.body, { usage: { tokens: 0, cost: 2 } });
});

test('a handler that comes to a result when it is told to stop has it counted', async () => {
  const { server, clock, begin } = scene(
    (_, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve('just in time'));
      }),
  );
  const worker = begin();
  await settled();
  const stopped = worker.stop(0);
  await clock.pass(10);
  await stopped;
  assert.equal(server.of('complete').length, 1);
});

test('a second stop cuts the grace short, and nothing of the first is left to wait for', async () => {
  const { server, clock, begin } = scene(() => new Promise(() => {}));
  const worker = begin();
  await settled();
  void worker.stop(3600);
  void worker.stop();
  await clock.pass(2000);
  await worker.ended;
  assert.equal(server.of('release').length, 1);
  assert.equal(clock.owed, 0);
});

test('a task that is granted after the stop is given back', async () => {
  const granted = signal<ClaimedTask>();
  const { server, begin } = scene(() => assert.fail('not to be called'));
  server.claimNext = () => granted.promise;
  const worker = begin();
  await settled();
  const stopped = worker.stop();
  granted.resolve(aTask());
  await stopped;
  assert.equal(server.of('release').length, 1);
});

test('what a claim was granted whose answer is on its way at the stop is given back (LANES-3, LANES-4)', async () => {
  const { server, clock, begin } = scene(() => assert.fail('not to be called'));
  server.on = (what, times) => what === 'claim' && times === 1 && new Promise(() => {});
  const worker = begin();
  await settled();
  const stopped = worker.stop();
  await settled();
  await stopped;
  const [first, second, ...others] = server.of('claim');
  assert.deepEqual([second?.key, others], [first?.key, []], 'once more, under the same key');
  assert.deepEqual(second?.body, { ...(first?.body as object), waitSeconds: 0 }, 'and for nothing new');
  assert.deepEqual(
    server.of('release').map(({ body }) => body),
    ['the worker stops'],
  );
  assert.equal(clock.owed, 0);
});

test('what a claim was granted before its repetition is waited for is given back at the stop', async () => {
  const { server, begin } = scene(() => assert.fail('not to be called'));
  server.on = (what, times) => what === 'claim' && times === 1 && new Unreachable('away');
  const worker = begin();
  await settled();
  await worker.stop();
  assert.equal(server.of('claim').length, 2);
  assert.equal(server.of('release').length, 1);
});

test('a worker that waited for nothing ends a second after its stop', async () => {
  const { server, clock, begin } = scene(() => 'done', { concurrency: 3 });
  server.on = (what) => what === 'claim' && new Promise(() => {});
  const worker = begin();
  await settled();
  void worker.stop();
  await clock.pass(1100);
  assert.equal(await worker.ended, null);
  assert.equal(server.of('claim').length, 6);
});

test('a handler that begins when the time is over is told so at once', async () => {
  const fetched = signal();
  let aborted: boolean | undefined;
  const { server, clock, begin } = scene((_, { signal }) => {
    aborted = signal.aborted;
    return new Promise(() => {});
  });
  server.tasks[0] = aTask({ input: { $artifact: 'a'.repeat(64), bytes: 70_000 } });
  server.on = (what) => (what === 'artifact' ? fetched.promise : undefined);
  const worker = begin();
  await settled();
  const stopped = worker.stop(0);
  await clock.pass(10);
  fetched.resolve();
  await clock.pass(2000);
  await stopped;
  assert.equal(aborted, true);
  assert.equal(server.of('release').length, 1);
});

test('a worker ends even if a request of its can neither be answered nor given up', async () => {
  const { server, clock, begin } = scene(() => 'done');
  server.claimNext = () => new Promise(() => {});
  const worker = begin();
  await settled();
  void worker.stop(1);
  await clock.pass(10_000);
  assert.equal(await worker.ended, null);
});

test('a worker ends even if the server never answers again', async () => {
  const { server, clock, begin } = scene(() => new Promise(() => {}));
  server.on = (what) => (what === 'claim' ? undefined : new Unreachable('away'));
  const worker = begin();
  await settled();
  void worker.stop(1);
  await clock.pass(10_000);
  assert.equal(await worker.ended, null);
});

test('a worker that may never get what it waits for says so', async () => {
  const { server, begin, told } = scene(() => 'done', { concurrency: 3 });
  server.identity = { id: 'passport_agent_reader', name: 'Reader', capabilities: ['writing'], capacity: 2 };
  const worker = begin();
  await settled();
  const messages = told('unqualified').map((event) => ('message' in event ? event.message : ''));
  assert.match(
    messages[0] ?? '',
    /^Reader does not have reading by name[^]*implies[^]*: humanos participants grant passport_agent_reader reading$/,
  );
  assert.match(messages[1] ?? '', /2 at once, not 3/);
  await worker.stop();
});

test('a worker that works on as much as it may hold lacks nothing', async () => {
  const { server, begin, told } = scene(() => 'done', { concurrency: 2 });
  server.identity = { ...server.identity, capacity: 2 };
  const worker = begin();
  await settled();
  assert.deepEqual(told('unqualified'), []);
  await worker.stop();
});

test('a fault of the server that lasts for one request only fails the task, and not the worker', async () => {
  const { server, clock, begin, told } = scene(() => 'done');
  const fault = refused('internal', 500);
  server.on = (what) => what === 'complete' && new Unreachable('500', { fault });
  const worker = begin();
  await clock.pass(120_000);
  assert.equal(server.of('complete').length, 8);
  assert.deepEqual(
    told('failed').map((event) => 'code' in event && event.code),
    ['internal'],
  );
  await worker.stop();
});
