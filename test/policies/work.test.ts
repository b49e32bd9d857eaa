/** Policies that ask for an approval before somebody gets work or begins with it, over HTTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import { passport } from '../e2e/http-testbed.ts';
import { encoded, House, HOUR, WORK } from './kit.ts';

const ASSIGN = {
  id: 'agents-at-work',
  on: 'task.assign',
  when: 'candidate.kind == "agent"',
  effect: 'require_approval',
  from: 'role:clerk',
  within: '8h',
};
const START = {
  ...ASSIGN,
  id: 'begun',
  on: 'task.start',
  when: 'participant.kind == "agent"',
  from: 'role:compliance',
};

interface Task {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly input: JsonObject;
}
const open = async (house: House, run: string): Promise<Task[]> =>
  (await house.get<{ rows: Task[] }>('root', `/v1/tasks?run=${run}&open=true`)).rows;
const nothing = async (house: House): Promise<boolean> =>
  (await house.post<{ task: object | null }>('robot', '/v1/tasks/claim', {})).task === null;
const verdict = async (house: House, run: string): Promise<string> =>
  (await house.get<{ verdict: { kind?: string } | string }>('root', `/v1/runs/${run}`)).verdict as string;

test('work waits for the approval of exactly it, and is given out then', async () => {
  const house = await House.open();
  await house.adopt({ policy: ASSIGN });
  const run = await house.start(
    await house.define({ ...WORK, task: { ...WORK.task, input: { amount: 5 } } }),
  );
  const [asked] = await open(house, run.id);
  assert.deepEqual([asked?.kind, asked?.input['input']], ['approval', { amount: 5 }]);
  assert.ok(await nothing(house), 'nobody gets it before');
  assert.ok(
    (await house.decide('officer', asked?.id ?? '', 'approve')).status >= 400,
    'others do not decide',
  );
  assert.ok((await house.decide('clerk', asked?.id ?? '', 'approve')).status < 300);
  const { id, token } = await house.claim();
  await house.post('robot', `/v1/tasks/${encoded(id)}/complete`, { token, output: 1 });
  assert.equal((await house.get<{ status: string }>('root', `/v1/runs/${run.id}`)).status, 'completed');
  const { events } = await house.get<{ events: { type: string; authority: JsonObject }[] }>(
    'root',
    `/v1/runs/${run.id}/events`,
  );
  const begun = events.find(({ type }) => type === 'begin.asked');
  assert.deepEqual(begun?.authority, { kind: 'policy', id: 'agents-at-work', version: '1' });
  await house.close();
});

test('two points that ask are both decided on, each by whom it names', async () => {
  const house = await House.open();
  await house.adopt({ policy: ASSIGN });
  await house.adopt({ policy: START });
  const run = await house.start(await house.define(WORK));
  const [first] = await open(house, run.id);
  await house.decide('clerk', first?.id ?? '', 'approve');
  const [second] = await open(house, run.id);
  assert.deepEqual([second?.kind, second?.id === first?.id], ['approval', false]);
  assert.ok(await nothing(house));
  await house.decide('officer', second?.id ?? '', 'approve');
  assert.equal((await house.claim()).id.startsWith(run.id), true);
  await house.close();
});

test('a no fails the step, and nobody gets the work', async () => {
  const house = await House.open();
  await house.adopt({ policy: ASSIGN });
  const run = await house.start(await house.define(WORK));
  const [asked] = await open(house, run.id);
  await house.decide('clerk', asked?.id ?? '', 'reject');
  assert.ok(await nothing(house));
  assert.match(JSON.stringify(await verdict(house, run.id)), /failed/);
  await house.close();
});

test('an approval is good for one task: another attempt is asked about anew', async () => {
  const house = await House.open();
  await house.adopt({ policy: ASSIGN });
  const run = await house.start(await house.define({ ...WORK, retry: { attempts: 2 } }));
  const [asked] = await open(house, run.id);
  await house.decide('clerk', asked?.id ?? '', 'approve');
  const { id, token } = await house.claim();
  await house.post('robot', `/v1/tasks/${encoded(id)}/fail`, { token, code: 'broken', message: 'It broke.' });
  await house.site.bed.until(async () => {
    house.site.bed.clock.move(HOUR / 60);
    return (await open(house, run.id)).length > 0;
  });
  const [again] = await open(house, run.id);
  assert.deepEqual([again?.kind, again?.status], ['approval', 'ready']);
  assert.ok(await nothing(house));
  await house.close();
});

test('work that nobody could do when its turn came is asked about when somebody comes for it', async () => {
  const house = await House.open();
  await house.adopt({ policy: ASSIGN });
  const rare = { id: 'a', timeout: '8h', task: { requires: ['rare'], by: 'agent' } };
  const run = await house.start(await house.define(rare));
  const [waiting] = await open(house, run.id);
  assert.deepEqual([waiting?.kind, waiting?.status], ['task', 'ready']);
  await house.site.bed.add(passport('newcomer', { kind: 'agent', capabilities: ['rare'] }));
  const come = async () =>
    (await house.post<{ task: Task | null }>('newcomer', '/v1/tasks/claim', { leaseSeconds: 60 })).task;
  assert.equal(await come(), null);
  const [asked] = await open(house, run.id);
  assert.equal(asked?.kind, 'approval');
  assert.equal(house.site.bed.runtime.scheduler.backlog, 0, 'what was withdrawn lies there for nobody');
  assert.equal(await come(), null);
  await house.decide('clerk', asked?.id ?? '', 'approve');
  assert.equal((await come())?.kind, 'task');
  await house.close();
});

test('work that nobody could do when its turn came is left to people when a policy says so', async () => {
  const house = await House.open();
  const { id, on, when } = ASSIGN;
  await house.adopt({ policy: { id, on, when, effect: 'route_to_human', to: 'role:clerk' } });
  const run = await house.start(await house.define({ id: 'a', task: { requires: ['rare'] } }));
  await house.site.bed.add(passport('newcomer', { kind: 'agent', capabilities: ['rare'] }));
  await house.post('newcomer', '/v1/tasks/claim', {});
  assert.equal((await open(house, run.id))[0]?.kind, 'escalation');
  await house.close();
});

test('whoever takes such work by its name is refused, and it is asked about then', async () => {
  const house = await House.open();
  await house.adopt({ policy: ASSIGN });
  const run = await house.start(await house.define({ id: 'a', task: { requires: ['rare'] } }));
  await house.site.bed.add(passport('newcomer', { kind: 'agent', capabilities: ['rare'] }));
  const [waiting] = await open(house, run.id);
  const path = `/v1/tasks/${encoded(waiting?.id ?? '')}/claim`;
  assert.equal(await house.refused('newcomer', path, { leaseSeconds: 60 }), 'policy_denied');
  const [asked] = await open(house, run.id);
  assert.equal(asked?.kind, 'approval');
  assert.equal(house.site.bed.runtime.scheduler.backlog, 0, 'what was withdrawn lies there for nobody');
  await house.close();
});

test('where somebody may without an approval, they do, and nobody is asked', async () => {
  const house = await House.open();
  await house.adopt({ policy: ASSIGN });
  const people = { id: 'a', task: { requires: [], from: ['role:operator', 'passport_robot'] } };
  const run = await house.start(await house.define(people));
  const [task] = await open(house, run.id);
  assert.equal(task?.kind, 'task');
  await house.post('operator', `/v1/tasks/${encoded(task?.id ?? '')}/claim`, {});
  await house.close();
});

test('caps of a policy hold for a task that somebody has begun: time, and what is used', async () => {
  const house = await House.open();
  const caps = {
    id: 'caps',
    on: 'task.start',
    effect: 'limit',
    tokens: 100,
    cost: { amount: 1, currency: 'USD' },
    duration: '30m',
  };
  await house.adopt({ policy: caps });
  const definition = await house.define(WORK);
  const begin = async () => {
    const run = await house.start(definition);
    return { run: run.id, ...(await house.claim()) };
  };
  const end = (task: { id: string; token: number }, usage: object) =>
    house.site.json('robot', 'POST', `/v1/tasks/${encoded(task.id)}/complete`, {
      token: task.token,
      output: 1,
      usage,
    });
  const why = async (run: string): Promise<string> =>
    JSON.stringify(await house.get('root', `/v1/runs/${run}`));
  const fine = await begin();
  await end(fine, { tokens: 100, cost: 1 });
  assert.match(await why(fine.run), /"status":"completed"/);
  const much = await begin();
  await end(much, { tokens: 101, cost: 0 });
  assert.match(await why(much.run), /limit_tokens/);
  const dear = await begin();
  await house.post('robot', `/v1/tasks/${encoded(dear.id)}/progress`, {
    token: dear.token,
    usage: { tokens: 0, cost: 0.6 },
  });
  await end(dear, { tokens: 0, cost: 0.6 });
  assert.match(await why(dear.run), /limit_cost/);
  const long = await begin();
  house.site.bed.clock.move(HOUR / 2);
  await house.site.bed.until(async () => (await open(house, long.run)).length === 0);
  const events = await house.get('root', `/v1/runs/${long.run}/events`);
  assert.match(JSON.stringify(events), /timed_out/);
  await house.close();
});
