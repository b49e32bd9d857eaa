import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../definition/index.ts';
import { claimOf, type Passport } from '../../routing/index.ts';
import type { TaskRow } from '../../store/index.ts';
import { calls } from '../../../test/e2e/calls.ts';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const agent = (id: string, changes: Partial<Passport> = {}) =>
  passport(id, { kind: 'agent', capabilities: ['read'], ...changes });
const bounded = (id: string) =>
  agent(id, {
    claims: [claimOf({ capability: 'read', constraints: [{ fact: 'amount', atMost: 1000 }] })],
  });
const several = (count: number, one: (id: string) => Passport) =>
  Array.from({ length: count }, (_, at) => one(`w${at}`));
const reading = (task = {}) => ({ id: 'a', task: { requires: ['read'], by: 'agent', ...task } });
const late = reading({ assign: { strategy: 'round_robin', when: 'late' } });
/** What was woken comes to its end: nothing of it waits for the clock. */
const settled = async () => {
  for (let at = 0; at < 50; at += 1) await new Promise(setImmediate);
};

/** All of them wait, and what they are given is told. */
const wait = async (bed: Testbed, ...who: readonly string[]): Promise<string[]> => {
  const given: string[] = [];
  for (const one of who)
    void bed.ok(one, 'task.claim_next', { waitSeconds: 60 }).then(({ task }) => task && given.push(task.id));
  await settled();
  return given;
};

/** A task as this node does not know of it yet. */
const unheard = async (bed: Testbed, definition: JsonObject): Promise<TaskRow> => {
  const { id } = await bed.taskOf(await bed.start(definition));
  bed.runtime.scheduler.ended(id);
  return (await bed.store.task(id)) as TaskRow;
};

test('of several tasks that another node holds each is given to one that waits (REROUTE-5)', async () => {
  const bed = await Testbed.open(agent('x'), agent('y'));
  const rows = [await unheard(bed, late), await unheard(bed, late)];
  const given = await wait(bed, 'x', 'y');
  bed.runtime.scheduler.followed(rows);
  await settled();
  assert.deepEqual(given.sort(), rows.map(({ id }) => id).sort());
  await bed.close();
});

test('what another node holds is asked about until those who wait have what they can take', async () => {
  const bed = await Testbed.open(agent('x', { capacity: 1 }));
  const rows: TaskRow[] = [];
  for (let at = 0; at < 30; at += 1) rows.push(await unheard(bed, late));
  const given = await wait(bed, 'x');
  const routed = calls(bed.runtime.runs, 'execute');
  bed.runtime.scheduler.followed(rows);
  await settled();
  assert.equal(given.length, 1);
  assert.ok(routed.count <= 3, `${routed.count} commands`);
  await bed.close();
});

test('how much another node holds costs nothing where it is for nobody who waits', async () => {
  const bed = await Testbed.open(...several(20, (id) => agent(id, { capabilities: ['other'] })));
  const row = await unheard(bed, late);
  await wait(bed, ...several(20, agent).map(({ name }) => name));
  const asked = calls(bed.runtime.scheduler.router, 'objection');
  const routed = calls(bed.runtime.runs, 'execute');
  bed.runtime.scheduler.followed(Array.from({ length: 100 }, (_, at) => ({ ...row, id: `${row.id}${at}` })));
  await settled();
  assert.ok(asked.count <= 20, `${asked.count}`);
  assert.equal(routed.count, 0);
  await bed.close();
});

test('what is offered to many whose claims have bounds is not read by each of them, and they wait on as they did (CLAIMING-4)', async () => {
  const bed = await Testbed.open(...several(20, bounded));
  const rows: TaskRow[] = [];
  for (const amount of [1, 2, 3000]) rows.push(await unheard(bed, reading({ input: { amount } })));
  const given = await wait(bed, ...several(20, bounded).map(({ name }) => name));
  const read = calls(bed.store, 'tasksNamed');
  const set = calls(bed.clock, 'after');
  bed.runtime.scheduler.followed(rows.slice(0, 1));
  await settled();
  assert.deepEqual([given.length, read.count], [1, 0]);
  assert.ok(set.count <= 2, `${set.count} timers`);
  bed.runtime.scheduler.followed(rows.slice(1));
  await settled();
  assert.deepEqual([given.length, read.count], [2, 0]);
  await bed.close();
});

test('what has to be read before it can be taken is read by one of those who wait for it (CLAIMING-4)', async () => {
  const bed = await Testbed.open(...several(20, bounded));
  const first = await unheard(bed, reading({ input: { amount: 3000 } }));
  const then = await unheard(bed, reading({ input: { amount: 1 } }));
  const given = await wait(bed, ...several(20, bounded).map(({ name }) => name));
  const read = calls(bed.store, 'tasksNamed');
  // In line, and read by nobody: it is beyond what any of them may do.
  bed.runtime.scheduler.followed([first]);
  bed.runtime.scheduler.followed([then]);
  await settled();
  assert.deepEqual(given, [then.id]);
  assert.equal(read.count, 1);
  await bed.close();
});

test('whoever waits no more leaves no timer and no listener behind', async () => {
  const bed = await Testbed.open(agent('x'), agent('y'));
  const row = await unheard(bed, reading());
  let open = 0;
  const after = bed.clock.after.bind(bed.clock);
  bed.clock.after = (ms, call) => {
    if (ms !== 60_000) return after(ms, call);
    open += 1;
    const cancel = after(ms, call);
    return () => {
      open -= 1;
      cancel();
    };
  };
  await wait(bed, 'x', 'y');
  assert.equal(open, 2);
  bed.runtime.scheduler.goOn();
  await settled();
  assert.equal(open, 2);
  bed.runtime.scheduler.followed([row]);
  await settled();
  assert.equal(open, 1);
  await bed.close();
});

test('whose task passes to another in one commit may take what is in line', async () => {
  const bed = await Testbed.open(agent('p'), agent('q', { capabilities: ['other'] }));
  const row = await unheard(bed, reading());
  const given = await wait(bed, 'p');
  const { scheduler } = bed.runtime;
  const leaseUntil = bed.clock.now() + 60_000;
  const held = {
    ...row,
    id: 'run_z:p0.a:1.1',
    run: 'run_z',
    status: 'in_progress',
    token: 1,
    leaseUntil,
  } as const;
  scheduler.followed([{ ...held, assignee: 'passport_p' }, row]);
  await settled();
  assert.deepEqual([given, scheduler.backlog], [[], 1]);
  scheduler.followed([{ ...held, assignee: 'passport_q', token: 2 }]);
  await settled();
  assert.deepEqual(given, [row.id]);
  await bed.close();
});

test('whoever waits has what becomes ready without their having been asked (WAIT-1)', async () => {
  const bed = await Testbed.open(agent('x'));
  const given = await wait(bed, 'x');
  await bed.start(reading({ assign: { strategy: 'offer', when: 'late' } }));
  await settled();
  assert.equal(given.length, 1);
  await bed.close();
});
