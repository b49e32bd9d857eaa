import assert from 'node:assert/strict';
import { placeByUrgency } from '../../../src/store/rows.ts';
import type { Change, Store, TaskFilter, TaskRow } from '../../../src/store/index.ts';
import {
  APPLIED,
  append,
  change,
  commitTo,
  everyPage,
  idsOf,
  richTask,
  taskIds,
  taskRow,
} from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const STATUSES = [
  'ready',
  'in_progress',
  'completed',
  'failed',
  'reserved',
  'exited',
  'created',
  'obsolete',
] as const;
const FINAL: readonly string[] = ['completed', 'failed', 'exited', 'obsolete'];

/** Two runs of tasks that differ in everything a filter looks at. */
async function manyTasks(store: Store): Promise<TaskRow[]> {
  const rows = Array.from({ length: 48 }, (_, at) =>
    taskRow(`run_${at % 2}`, `${['extract', 'analyse'][Math.floor(at / 2) % 2]}.${at}:1.1`, {
      status: STATUSES[at % 8]!,
      by: ([null, 'agent', 'human'] as const)[at % 3]!,
      kind: (['task', 'approval', 'escalation', 'record', 'verification'] as const)[at % 5]!,
      priority: [5, 1, 10, 7][at % 4]!,
      assignee: at % 8 === 1 || at % 8 === 4 ? `passport_${at % 3}` : null,
      leaseUntil: at % 8 === 1 ? 1_000 + at : null,
    }),
  );
  await store.commit(rows.map((task) => change(task.run, { tasks: [task] })));
  return rows;
}

function matches(row: TaskRow, filter: TaskFilter): boolean {
  const open = !FINAL.includes(row.status);
  return (
    (filter.run ?? row.run) === row.run &&
    (filter.step ?? row.step) === row.step &&
    (filter.assignee ?? row.assignee) === row.assignee &&
    (filter.open ?? open) === open &&
    (filter.order !== 'queue' || open) &&
    (filter.status?.includes(row.status) ?? true) &&
    (filter.by?.includes(row.by ?? 'any') ?? true) &&
    (filter.kind?.includes(row.kind) ?? true)
  );
}

function expectedOrder(rows: readonly TaskRow[], filter: TaskFilter): TaskRow[] {
  const wanted = rows.filter((row) => matches(row, filter));
  return filter.order === 'queue'
    ? wanted.toSorted((a, b) => placeByUrgency(a) - placeByUrgency(b))
    : wanted.toReversed();
}

export const tasks: Suite = {
  name: 'tasks',
  cases: {
    'a row comes back as it was written, and is replaced whole': async (store) => {
      const rich = richTask('run_a', 'approve.3:2.4');
      const plain = taskRow('run_a', 'extract:1.1');
      await store.commit([append('run_a', 0, 1, { tasks: [rich, plain] })]);
      assert.deepEqual(await store.task(rich.id), rich);
      assert.deepEqual(await store.task(plain.id), plain);
      const swapped = [
        { ...rich, id: plain.id },
        { ...plain, id: rich.id },
      ];
      await store.commit([change('run_a', { tasks: swapped })]);
      assert.deepEqual(await store.task(plain.id), swapped[0]);
      assert.deepEqual(await store.task(rich.id), swapped[1]);
      assert.deepEqual((await store.tasks({ run: 'run_a' }, { limit: 9 })).rows, swapped);
    },

    'a task is found by its whole id only': async (store) => {
      const names = ['x:1.1:tool.e5.1', 'tool.x:1.1', 'tool.x:1.1:tool.e7.2'];
      await store.commit([
        change('run_a', {
          tasks: [taskRow('run_a', 'x:1.1'), ...names.map((name) => taskRow('run_a', name))],
        }),
        change('run_a:x', { tasks: [taskRow('run_a:x', 'y:1.1', { reason: 'a run with a colon' })] }),
      ]);
      assert.equal((await store.task('run_a:x:y:1.1'))?.run, 'run_a:x');
      for (const name of names) assert.equal((await store.task(`run_a:${name}`))?.run, 'run_a', name);
      const ids = names.map((name) => `run_a:${name}`);
      assert.deepEqual(idsOf(await store.tasksNamed(ids)).toSorted(), ids.toSorted());
      for (const id of ['run_a', 'run_a:x', 'x:1.1', 'run_b:x:1.1', 'run_a:x:1.1:', '']) {
        assert.equal(await store.task(id), null, id);
      }
    },

    'a task keeps its place when its row changes': async (store) => {
      await store.commit([
        change('run_a', { tasks: [taskRow('run_a', 'a:1.1'), taskRow('run_a', 'b:1.1')] }),
      ]);
      await store.commit([
        change('run_a', { tasks: [taskRow('run_a', 'a:1.1', { status: 'reserved', priority: 5 })] }),
      ]);
      assert.deepEqual(await taskIds(store, {}), ['run_a:b:1.1', 'run_a:a:1.1']);
      assert.deepEqual(await taskIds(store, { open: true, order: 'queue' }), ['run_a:a:1.1', 'run_a:b:1.1']);
    },

    'a task is of its own run, whatever stream it is written with': async (store) => {
      const [own, others] = [taskRow('run_a', 'x:1.1'), taskRow('run_b', 'x:1.1')];
      await store.commit([change('run_a', { tasks: [own, others] })]);
      assert.deepEqual(await store.task(others.id), others);
      assert.deepEqual(await taskIds(store, { run: 'run_a' }), [own.id]);
      assert.deepEqual(await taskIds(store, { run: 'run_b' }), [others.id]);
    },

    'every filter and every two filters take what they say, in both orders': async (store) => {
      const rows = await manyTasks(store);
      const parts: TaskFilter[] = [
        {},
        { run: 'run_1' },
        { run: 'run_z' },
        { step: 'extract' },
        { status: ['ready'] },
        { status: ['failed', 'ready', 'failed'] },
        { status: ['completed', 'exited'] },
        { status: ['obsolete', 'exited'] },
        { status: [] },
        { open: true },
        { open: false },
        { assignee: 'passport_1' },
        { by: ['agent', 'any'] },
        { by: [] },
        { kind: ['approval', 'record'] },
        { kind: [] },
      ];
      for (const one of parts) {
        for (const other of parts) {
          for (const order of ['newest', 'queue'] as const) {
            const filter = { ...one, ...other, order };
            const expected = idsOf(expectedOrder(rows, filter));
            assert.deepEqual(await taskIds(store, filter), expected, JSON.stringify(filter));
            const pages = await everyPage((page) => store.tasks(filter, page), 4);
            assert.deepEqual(pages.flatMap(idsOf), expected, JSON.stringify(filter));
          }
        }
      }
    },

    'tasks of people are counted until they end': async (store) => {
      assert.equal(await store.peopleTaskCount(), 0);
      const rows = await manyTasks(store);
      const ofPeople = rows.filter((row) => matches(row, { by: ['human'], open: true }));
      assert.equal(await store.peopleTaskCount(), ofPeople.length);
      const ended = ofPeople.map((row) => ({ ...row, status: 'completed' as const }));
      await store.commit(ended.slice(0, 3).map((task) => change(task.run, { tasks: [task] })));
      assert.equal(await store.peopleTaskCount(), ofPeople.length - 3);
    },

    'pages of a queue stay where they are when tasks come and go': async (store) => {
      const queued = (name: string, priority: number): Change =>
        change('run_a', { tasks: [taskRow('run_a', name, { priority })] });
      await store.commit([queued('a:1.1', 5), queued('b:1.1', 9), queued('c:1.1', 5), queued('d:1.1', 1)]);
      const filter = { open: true, order: 'queue' } as const;
      const first = await store.tasks(filter, { limit: 2 });
      assert.deepEqual(idsOf(first.rows), ['run_a:b:1.1', 'run_a:a:1.1']);
      const gone = taskRow('run_a', 'a:1.1', { status: 'completed' });
      await store.commit([change('run_a', { tasks: [gone] }), queued('e:1.1', 9), queued('f:1.1', 5)]);
      const second = await store.tasks(filter, { limit: 9, cursor: first.next! });
      assert.deepEqual(idsOf(second.rows), ['run_a:c:1.1', 'run_a:f:1.1', 'run_a:d:1.1']);
      assert.equal(second.next, null);
      assert.equal(first.behind(1), first.next);
      const { rows: behind } = await store.tasks(filter, { limit: 1, cursor: second.behind(0) });
      assert.deepEqual(idsOf(behind), ['run_a:f:1.1'], 'a page can be cut anywhere');
      const queueCursor = store.tasks({}, { limit: 9, cursor: first.next! });
      await assert.rejects(queueCursor, { code: 'invalid_cursor' });
    },

    'a lease is extended only while it is held with that token': async (store) => {
      const held = taskRow('run_a', 'a:1.1', { status: 'in_progress', token: 2, leaseUntil: 100 });
      const free = taskRow('run_a', 'b:1.1', { token: 2 });
      const other = taskRow('run_b', 'a:1.1', { status: 'in_progress', token: 3, leaseUntil: 100 });
      await store.commit([change('run_a', { tasks: [held, free] }), change('run_b', { tasks: [other] })]);
      const lease = (task: string, token: number, until: number) => ({ task, token, until });
      const results = await commitTo(store, [
        change('organisation', {
          leases: [
            lease(held.id, 2, 500),
            lease(free.id, 2, 500),
            lease(other.id, 2, 500),
            lease('run_z:a:1.1', 1, 500),
          ],
        }),
      ]);
      assert.deepEqual(results, [APPLIED]);
      assert.equal((await store.task(held.id))?.leaseUntil, 500);
      assert.equal((await store.task(free.id))?.leaseUntil, null);
      assert.equal((await store.task(other.id))?.leaseUntil, 100);
      await store.commit([change('organisation', { leases: [lease(held.id, 2, 400)] })]);
      assert.deepEqual(await store.task(held.id), { ...held, leaseUntil: 500 });
    },

    'a row of a task that stays held makes its lease no shorter, whoever writes it': async (store) => {
      const row = (leaseUntil: number | null, more: Partial<TaskRow> = {}): TaskRow =>
        taskRow('run_a', 'a:1.1', { status: 'in_progress', token: 2, leaseUntil, ...more });
      const put = (...given: Parameters<typeof row>): Change => change('run_a', { tasks: [row(...given)] });
      const extend = (until: number): Change =>
        change('leases', { leases: [{ task: row(null).id, token: 2, until }] });
      /** The lease after changes, each in a commit of its own, or all in one. */
      const becomes = async (until: number | null, ...changes: readonly Change[]): Promise<void> => {
        for (const together of [false, true]) {
          await store.commit([put(1, { token: 1 })]);
          await store.commit([put(300)]);
          if (together) await store.commit(changes);
          else for (const one of changes) await store.commit([one]);
          const { leaseUntil } = (await store.task(row(null).id))!;
          assert.equal(leaseUntil, until, together ? 'in one commit' : 'one after the other');
        }
      };
      await becomes(300, put(100));
      await becomes(300, put(null));
      await becomes(500, put(500));
      await becomes(100, put(100, { token: 3 }));
      await becomes(null, put(null, { status: 'suspended' }));
      await becomes(100, put(null, { status: 'suspended' }), put(100));
      await becomes(100, put(null, { status: 'suspended' }), put(null), extend(100));
      await becomes(700, extend(700), put(100));
      await becomes(700, put(100), extend(700), put(null));
      await becomes(100, extend(700), put(100, { token: 3 }));
      await becomes(100, extend(700), put(null, { status: 'ready' }), extend(800), put(100));
    },

    'an inbox holds what somebody has and what waits for their parties, once each, by urgency': async (
      store,
    ) => {
      const human = (name: string, more: Partial<TaskRow>): TaskRow =>
        taskRow('run_a', name, { by: 'human', priority: 5, ...more });
      const ask = (answer: TaskRow['help'][number]['answer']) =>
        ({ id: 1, from: 'role:clerk', text: 'How?', at: 1, answer }) as const;
      const rows = [
        human('role:1.1', { from: ['role:clerk', 'passport_a'], help: [ask(null)] }),
        human('other:1.1', { from: ['role:boss'] }),
        human('urgent:1.1', { from: ['role:clerk'], priority: 9 }),
        human('mine:1.1', { from: ['role:boss'], status: 'suspended', assignee: 'passport_a', priority: 7 }),
        human('offered:1.1', { from: ['role:clerk'], offeredTo: ['passport_b'] }),
        human('able:1.1', { requires: ['sums', 'words'] }),
        human('any:1.1', { by: null }),
        human('robot:1.1', { by: 'agent', from: ['role:clerk'] }),
        human('held:1.1', { from: ['role:clerk'], status: 'reserved', assignee: 'passport_b' }),
        human('over:1.1', { from: ['role:clerk'], status: 'completed' }),
        human('done:1.1', { assignee: 'passport_a', status: 'completed' }),
        human('early:1.1', { from: ['role:clerk'], status: 'created' }),
        human('asking:1.1', {
          by: 'agent',
          status: 'in_progress',
          assignee: 'passport_robot',
          help: [ask(null)],
          priority: 1,
        }),
        human('help:1.1', {
          status: 'in_progress',
          assignee: 'passport_b',
          help: [ask(null)],
        }),
        human('helped:1.1', {
          status: 'in_progress',
          assignee: 'passport_b',
          help: [ask({ by: 'passport_a', output: 'So.', at: 2 })],
        }),
      ];
      await store.commit(rows.map((task) => change('run_a', { tasks: [task] })));
      const inbox = { assignees: ['passport_a'], parties: ['passport_a', 'role:clerk', 'can:sums', '*'] };
      const names = async (more: Pick<TaskFilter, 'order' | 'inbox'> = {}): Promise<string[]> => {
        const found = await everyPage((page) => store.tasks({ inbox, ...more }, page), 2);
        return found.flat().map(({ id }) => id.slice('run_a:'.length, -':1.1'.length));
      };
      assert.deepEqual(await names(), ['urgent', 'mine', 'role', 'able', 'any', 'help', 'asking']);
      const newest = ['help', 'asking', 'any', 'able', 'mine', 'urgent', 'role'];
      assert.deepEqual(await names({ order: 'newest' }), newest);
      const ofBoth = { assignees: ['passport_a', 'passport_b'], parties: ['passport_a'] };
      assert.deepEqual(await names({ inbox: ofBoth }), ['mine', 'role', 'held', 'help', 'helped']);
      const moved = [
        human('urgent:1.1', { from: ['role:clerk'], priority: 1 }),
        human('role:1.1', { from: ['role:clerk'], status: 'reserved', assignee: 'passport_b' }),
        human('other:1.1', { from: ['passport_a'] }),
      ];
      await store.commit(moved.map((task) => change('run_a', { tasks: [task] })));
      assert.deepEqual(await names(), ['mine', 'other', 'able', 'any', 'help', 'urgent', 'asking']);
      assert.deepEqual(await names({ order: 'newest' }), [
        'help',
        'asking',
        'any',
        'able',
        'mine',
        'urgent',
        'other',
      ]);
    },

    'an inbox is in the order of priority, deadlines and age, which stays as time goes on': async (store) => {
      const DAY = 86_400_000;
      const now = 100 * DAY;
      const human = (name: string, more: Partial<TaskRow>): TaskRow =>
        taskRow('run_a', `${name}:1.1`, { by: 'human', from: ['*'], priority: 5, createdAt: now, ...more });
      const due = (at: number, stopped: number | null = null) =>
        ({ index: 0, on: 'completion', due: at, remind: [], then: 'notify', to: [], stopped }) as never;
      const rows = [
        human('low', { priority: 1 }),
        human('plain', {}),
        human('due', { deadline: now + DAY }),
        human('later', { deadline: now + 20 * DAY }),
        human('high', { priority: 10 }),
        human('aged', { priority: 1, createdAt: now - 7 * DAY }),
        human('pressing', { deadlines: [due(now + 3 * DAY), due(now + DAY / 2)] }),
        human('stopped', { deadlines: [due(now, now)] }),
      ];
      await store.commit(rows.map((task) => change('run_a', { tasks: [task] })));
      const inbox = { assignees: ['passport_a'], parties: ['*'] };
      const names = async (): Promise<string[]> => {
        const found = await everyPage((page) => store.tasks({ inbox }, page), 3);
        return found.flat().map(({ id }) => id.slice('run_a:'.length, -':1.1'.length));
      };
      const expected = ['aged', 'pressing', 'due', 'high', 'plain', 'later', 'stopped', 'low'];
      assert.deepEqual(await names(), expected);
      const set = human('plain', { deadline: now });
      await store.commit([change('run_a', { tasks: [set] })]);
      assert.deepEqual(await names(), [
        'aged',
        'plain',
        ...expected.filter((name) => !/aged|plain/.test(name)),
      ]);
    },
  },
};
