import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { worker } from 'humanos/worker';
import { FinalError } from '../../src/worker/failure.ts';
import { newDatabase } from './databases.ts';
import { clientOf, count, ended, openWorld, type World } from './worker-kit.ts';
import { signal } from './worker-scripted.ts';

const world = async (t: TestContext, databaseUrl?: string): Promise<World> => {
  const opened = await openWorld(databaseUrl);
  t.after(() => opened.close());
  return opened;
};

const COUNT = { task: { requires: ['counting'], by: 'agent', input: { text: '${ input.text }' } } };
const words = (task: { input: unknown }) => ({
  words: (task.input as { text: string }).text.split(' ').length,
});

test('ten lines make an agent, also within the process of the server', async (t) => {
  const { server, admin, agent, run } = await world(t);
  const agentAtWork = worker(
    { name: 'counter', capabilities: ['counting'], token: agent.token, fetch: server.fetch },
    async (task, { progress }) => {
      progress(0.5, 'half of it');
      return words(task);
    },
  );
  const { status, steps } = await ended(admin, await run([COUNT], { text: 'to be or not' }));
  assert.equal(status, 'completed');
  assert.deepEqual(steps[0]?.output, { words: 4 });
  await agentAtWork.stop();
  assert.equal(await agentAtWork.ended, null);
});

test('a result whose answer was lost is applied once', async (t) => {
  const here = await world(t);
  here.fate = (what, times) =>
    what === 'complete' && times === 1
      ? 'unanswered'
      : what === 'complete' && times === 2
        ? 'lost'
        : undefined;
  const hand = here.worker(words);
  const id = await here.run([COUNT], { text: 'a b' });
  await hand.next('disconnected');
  await hand.clock.pass(5000);
  await hand.next('completed');
  assert.equal((await ended(here.admin, id)).status, 'completed');
  assert.equal(await count(here.admin, id, 'task.completed'), 1);
});

test('a task whose grant was lost on the way is not left to the lease', async (t) => {
  const here = await world(t);
  here.fate = (what, times) => (what === 'claim' && times === 1 ? 'unanswered' : undefined);
  const id = await here.run([COUNT], { text: 'a b' });
  const hand = here.worker(words);
  await hand.next('disconnected');
  await hand.clock.pass(1000);
  await hand.next('completed');
  assert.equal((await ended(here.admin, id)).status, 'completed');
  assert.equal(await count(here.admin, id, 'task.started'), 1);
});

test('usage in a report whose answer was lost is counted once', async (t) => {
  const here = await world(t);
  const report = signal();
  here.fate = (what, times) => {
    if (what === 'progress' && times === 2) report.resolve();
    return what === 'progress' && times === 1 ? 'unanswered' : undefined;
  };
  const hand = here.worker(async (_, { usage }) => {
    usage({ tokens: 10, cost: 0.5 });
    await report.promise;
    usage({ tokens: 1 });
  });
  const id = await here.run([COUNT], { text: '' });
  await hand.next('claimed');
  await hand.clock.pass(1);
  await hand.next('disconnected');
  await hand.clock.pass(5000);
  await hand.next('completed');
  const { usage } = await ended(here.admin, id);
  assert.deepEqual({ tokens: usage.tokens, cost: usage.cost }, { tokens: 11, cost: 0.5 });
});

test('a run that is stopped takes its tasks from the worker; resumed, it gives them out again', async (t) => {
  const here = await world(t);
  const aborted = signal();
  let calls = 0;
  const hand = here.worker((task, { signal: abort }) => {
    calls += 1;
    if (calls > 1) return words(task);
    abort.addEventListener('abort', () => aborted.resolve());
    return aborted.promise.then(() => 'nobody wants this');
  });
  const id = await here.run([COUNT], { text: 'a b c' });
  await hand.next('claimed');
  await here.admin.workflow.stop({ id });
  await hand.clock.pass(10_000);
  await aborted.promise;
  assert.equal((await hand.next('lost')).loss, 'withdrawn');
  await hand.next('late');
  await here.admin.workflow.resume({ id });
  await hand.next('completed');
  const run = await ended(here.admin, id);
  assert.deepEqual(run.steps[0]?.output, { words: 3 });
});

test('a task whose lease ran out goes to somebody else, and the late answer of the first is dropped', async (t) => {
  const here = await world(t);
  const finish = signal();
  const slow = here.worker(async () => {
    await finish.promise;
    return 'late';
  });
  const id = await here.run([COUNT], { text: 'a b' });
  const { task } = await slow.next('claimed');
  const stopped = slow.stop(3600);
  const other = here.worker(words);
  await here.server.runtime.runs.execute(
    id,
    { type: 'task.expire', task, token: 1 },
    { actor: 'system:humanos', onBehalfOf: null, authority: { kind: 'system', id: 'lease' } },
  );
  await other.next('completed');
  finish.resolve();
  assert.equal((await slow.next('late')).code, 'task_closed');
  await stopped;
  assert.deepEqual((await ended(here.admin, id)).steps[0]?.output, { words: 2 });
});

test('an answer under an old fencing token is refused while somebody else works', async (t) => {
  const here = await world(t);
  const [first, second] = [signal(), signal()];
  const slow = here.worker(() => first.promise);
  const id = await here.run([COUNT], { text: 'a b' });
  const { task } = await slow.next('claimed');
  const stopped = slow.stop(3600);
  const other = here.worker(() => second.promise.then(() => 'mine'));
  await here.server.runtime.runs.execute(
    id,
    { type: 'task.expire', task, token: 1 },
    { actor: 'system:humanos', onBehalfOf: null, authority: { kind: 'system', id: 'lease' } },
  );
  await other.next('claimed');
  first.resolve();
  assert.equal((await slow.next('late')).code, 'stale_token');
  await stopped;
  second.resolve();
  assert.equal((await ended(here.admin, id)).steps[0]?.output, 'mine');
});

test('what a handler throws is the failure of the task, and the step says what follows', async (t) => {
  const here = await world(t);
  const hand = here.worker((task) => {
    if (task.attempt === 1) throw new TypeError('the text has no end');
    throw new FinalError('it never has', { code: 'text_endless' });
  });
  const retry = { attempts: 5, delay: '0s' };
  const id = await here.run([{ ...COUNT, retry }], { text: 'a' });
  assert.equal((await hand.next('failed')).code, 'agent_failed');
  assert.equal((await hand.next('failed')).code, 'text_endless');
  const run = await ended(here.admin, id);
  assert.equal(run.status, 'failed');
  assert.equal(run.failure?.code, 'text_endless');
  assert.equal(await count(here.admin, id, 'task.failed'), 2);
  const { events } = await here.admin.run.events({ id, limit: 1000 });
  assert.ok(!JSON.stringify(events).includes('worker.test.ts'), 'no stack reaches the server');
});

test('a worker that stops finishes what it can, and gives back the rest for others to do', async (t) => {
  const here = await world(t);
  const finish = signal();
  const hand = here.worker(
    (task) => ((task.input as { text: string }).text === 'quick' ? finish.promise : new Promise(() => {})),
    {
      concurrency: 2,
    },
  );
  const quick = await here.run([COUNT], { text: 'quick' });
  const slow = await here.run([COUNT], { text: 'slow' });
  await hand.next('claimed');
  await hand.next('claimed');
  const stopped = hand.stop(5);
  finish.resolve();
  await hand.next('completed');
  await hand.clock.pass(7000);
  await stopped;
  assert.equal((await ended(here.admin, quick)).status, 'completed');
  const { rows } = await here.admin.task.list({ run: slow });
  assert.equal(rows[0]?.status, 'ready');
  const other = here.worker(words);
  await other.next('completed');
  assert.equal((await ended(here.admin, slow)).status, 'completed');
});

test('an idle worker stops at once, and leaves no claim behind', async (t) => {
  const here = await world(t);
  const hand = here.worker(words, { concurrency: 4 });
  await hand.next('started');
  await hand.clock.pass(1);
  await hand.stop();
  const id = await here.run([COUNT], { text: 'a' });
  const { rows } = await here.admin.task.list({ run: id });
  assert.deepEqual(
    rows.map(({ status }) => status),
    ['ready'],
  );
});

test('large results travel as artifacts, and stand whole in the input of the next', async (t) => {
  const here = await world(t);
  const text = 'word '.repeat(20_000).trim();
  const next = {
    task: { requires: ['counting'], by: 'agent', input: { text: '${ phases.p1.work.output }' } },
  };
  let fetched = 0;
  here.fate = (what) => {
    if (/^[0-9a-f]{64}$/.test(what)) fetched += 1;
    return undefined;
  };
  here.worker((task) => {
    const input = task.input as { text: string };
    return task.step === 'p1.work' ? input.text : words({ input });
  });
  const run = await ended(here.admin, await here.run([COUNT, next], { text }));
  assert.deepEqual(run.steps[1]?.output, { words: 20_000 });
  assert.equal(fetched, 2, 'the text of the run, and the result of the first step');
});

test('a result that the step does not allow is mended, or fails with what was wrong', async (t) => {
  const here = await world(t);
  const output = { type: 'object', required: ['words'], properties: { words: { type: 'integer' } } };
  const step = { task: { ...COUNT.task, output }, retry: { attempts: 1 } };
  const seen: unknown[] = [];
  const mending = here.worker({
    handle: () => ({ words: 'two' }),
    onInvalid: ({ problems }) => {
      seen.push(...problems);
      return { words: 2 };
    },
  });
  const run = await ended(here.admin, await here.run([step], { text: 'a b' }));
  assert.deepEqual(run.steps[0]?.output, { words: 2 });
  assert.equal(seen.length, 1);
  await mending.stop();
  here.worker(() => ({ words: 'two' }));
  const failed = await ended(here.admin, await here.run([step], { text: 'a b' }));
  assert.equal(failed.failure?.code, 'output_invalid');
});

test('a result that a policy denies fails the task, and the run says why', async (t) => {
  const here = await world(t);
  const { admin } = here;
  const { id: officer } = await admin.participant.register({
    kind: 'human',
    name: 'Officer',
    roles: ['compliance'],
  });
  const { secret } = await admin.token.issue({ passport: officer });
  const policy = { id: 'no-counts', on: 'task.complete', effect: 'deny', reason: 'Nobody counts today.' };
  const { id, digest } = (await admin.policy.propose({ policy })).change;
  await clientOf(() => here.server.fetch, secret ?? '').policy.approve({ id, digest });
  here.worker(words);
  const run = await ended(admin, await here.run([{ ...COUNT, retry: { attempts: 3 } }], { text: 'a b' }));
  assert.equal(run.failure?.code, 'policy_denied');
  assert.match(run.failure?.message ?? '', /Nobody counts today/);
  assert.equal(await count(admin, run.id, 'task.failed'), 1);
});

test('a worker outlives the server that it works for', async (t) => {
  const here = await world(t, await newDatabase());
  const finish = signal();
  const hand = here.worker(async (task) => {
    await finish.promise;
    return words(task);
  });
  const id = await here.run([COUNT], { text: 'a b c d' });
  await hand.next('claimed');
  here.fate = () => 'lost';
  finish.resolve();
  await hand.next('disconnected');
  await here.restart();
  here.fate = () => undefined;
  await hand.clock.pass(5000);
  await hand.next('completed');
  assert.deepEqual((await ended(here.admin, id)).steps[0]?.output, { words: 4 });
});

test('a token that is worth nothing ends the worker', async (t) => {
  const here = await world(t);
  const { rows } = await here.admin.token.list();
  const own = rows.find(({ passport }) => passport === here.agent.id);
  await here.admin.token.revoke({ id: own?.id ?? '' });
  const rejection = await here.worker(words).ended;
  assert.equal(rejection?.code, 'token_invalid');
});

test('a worker that waits for what its passport does not have says so', async (t) => {
  const here = await world(t);
  await here.admin.participant.update({ id: here.agent.id, capabilities: ['counting'], capacity: 1 });
  const hand = here.worker(words, { concurrency: 2 });
  assert.match((await hand.next('unqualified')).message, /does not have writing/);
  assert.match((await hand.next('unqualified')).message, /1 at once, not 2/);
  await hand.next('capacity');
});
