import assert from 'node:assert/strict';
import type { Change, TaskRow } from '../../../src/store/index.ts';
import { append, APPLIED, applied, change, commitTo, refused, taskRow } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const held = (run: string, name: string, more: Partial<TaskRow> = {}): TaskRow =>
  taskRow(run, name, { status: 'in_progress', assignee: 'p', token: 1, leaseUntil: 9, ...more });

/** A change that gives the task to `p`, who may hold two. */
const giving = (run: string, expected: number, ...tasks: TaskRow[]): Change =>
  append(run, expected, 1, { tasks, premises: { holds: [{ participant: 'p', most: 2 }] } });

export const premises: Suite = {
  name: 'premises',
  cases: {
    'a message is delivered by one change, whatever else that writes': async (store) => {
      await store.commit([append('run_a', 0, 1, { outbox: [{ run: 'run_a', message: {} }] })]);
      const [message] = await store.outbox(0, 1);
      const id = message!.id;
      const deliver = (run: string) => append(run, 0, 1, { delivered: [id], premises: { messages: [id] } });
      assert.deepEqual(await commitTo(store, [deliver('run_b'), deliver('run_c'), append('run_d', 0)]), [
        applied(1),
        refused('overtaken'),
        applied(2),
      ]);
      assert.deepEqual(await commitTo(store, [deliver('run_e')]), [refused('overtaken')]);
      assert.equal(await store.lastEntry('run_c'), null);
      assert.deepEqual(await store.outbox(0, 9), []);
    },

    'a timer is carried out by one change, as long as it is set for that moment': async (store) => {
      const timer = (due: number) => ({ id: 't', run: 'run_a', due, what: {} });
      const fire = (due: number, more: Partial<Change> = {}) =>
        change('run_a', { cancelled: ['t'], premises: { timers: [{ id: 't', due }] }, ...more });
      await store.commit([change('run_a', { timers: [timer(5)] })]);
      assert.deepEqual(await commitTo(store, [fire(4)]), [refused('overtaken')]);
      assert.deepEqual(await commitTo(store, [fire(5, { timers: [timer(7)] }), fire(5)]), [
        APPLIED,
        refused('overtaken'),
      ]);
      assert.deepEqual(await store.timers(9, 9), [timer(7)]);
      const moved = change('run_a', { timers: [timer(8)] });
      assert.deepEqual(await commitTo(store, [moved, fire(7)]), [APPLIED, refused('overtaken')]);
      assert.deepEqual(await commitTo(store, [fire(8, { timers: [timer(7)] })]), [APPLIED]);
      assert.deepEqual(await commitTo(store, [fire(7), fire(7)]), [APPLIED, refused('overtaken')]);
      assert.equal(await store.nextTimer(), null);
    },

    'a task that is held for longer than is said is left alone': async (store) => {
      const over = (until: number, expected: number, token = 1): Change =>
        append('run_a', expected, 1, {
          tasks: [held('run_a', 'x:1', { status: 'ready', token, leaseUntil: null })],
          premises: { leases: [{ task: 'run_a:x:1', token, until }] },
        });
      const prolonged = (until: number): Change =>
        change('leases', { leases: [{ task: 'run_a:x:1', token: 1, until }] });
      const given = (expected: number, token: number, leaseUntil: number): Change =>
        append('run_a', expected, 1, { tasks: [held('run_a', 'x:1', { token, leaseUntil })] });
      await store.commit([given(0, 1, 9)]);
      assert.deepEqual(await commitTo(store, [over(8, 1)]), [refused('overtaken')], 'by itself');
      assert.deepEqual(await commitTo(store, [prolonged(12), over(9, 1)]), [APPLIED, refused('overtaken')]);
      assert.deepEqual(await commitTo(store, [over(11, 1), append('run_b', 0), over(12, 1)]), [
        refused('overtaken'),
        applied(1),
        applied(2),
      ]);
      assert.equal((await store.task('run_a:x:1'))?.status, 'ready');
      assert.deepEqual(await commitTo(store, [over(1, 2)]), [applied(3)], 'nobody holds it');
      assert.deepEqual(await commitTo(store, [given(3, 2, 20), over(1, 4, 1)]), [applied(4), applied(5)]);
      assert.deepEqual(await commitTo(store, [given(5, 3, 30), over(29, 6, 3), over(30, 6, 3)]), [
        applied(6),
        refused('overtaken'),
        applied(7),
      ]);
      assert.deepEqual(
        await commitTo(store, [
          change('run_b', { premises: { leases: [{ task: 'none', token: 1, until: 0 }] } }),
        ]),
        [APPLIED],
        'there is no such task',
      );
    },

    'nobody holds more than a change says that they may': async (store) => {
      assert.deepEqual(
        await commitTo(store, [
          giving('run_a', 0, held('run_a', 'x:1')),
          giving('run_b', 0, held('run_b', 'x:1')),
          giving('run_c', 0, held('run_c', 'x:1')),
          append('run_d', 0),
        ]),
        [applied(0), applied(1), refused('capacity_conflict'), applied(2)],
      );
      assert.equal(await store.task('run_c:x:1'), null);
      const over = held('run_a', 'x:1', { status: 'completed' });
      assert.deepEqual(
        await commitTo(store, [
          giving('run_a', 1, over, held('run_a', 'y:1')),
          giving('run_b', 1, held('run_b', 'x:1', { token: 2 })),
          giving('run_e', 0, held('run_e', 'x:1')),
        ]),
        [applied(3), applied(4), refused('capacity_conflict')],
      );
      await store.commit([append('run_b', 2, 1, { tasks: [held('run_b', 'x:1', { status: 'suspended' })] })]);
      assert.deepEqual(await commitTo(store, [giving('run_e', 0, held('run_e', 'x:1'))]), [applied(6)]);
    },

    'what says nothing of how much may be held is written beside what does': async (store) => {
      const most = (many: number) => ({ premises: { holds: [{ participant: 'p', most: many }] } });
      const give = (run: string, more: Partial<Change> = {}): Change =>
        append(run, 0, 1, { tasks: [held(run, 'x:1')], ...more });
      assert.deepEqual(await commitTo(store, [give('run_a', most(1)), give('run_b'), append('run_c', 0)]), [
        applied(0),
        applied(1),
        applied(2),
      ]);
      assert.deepEqual(await commitTo(store, [give('run_d', most(2)), give('run_e'), append('run_f', 0)]), [
        refused('capacity_conflict'),
        applied(3),
        applied(4),
      ]);
      assert.deepEqual(await commitTo(store, [give('run_g', most(4)), give('run_h', most(5))]), [
        applied(5),
        applied(6),
      ]);
    },

    'what rests on documents is written while they are as it knew them': async (store) => {
      const write = (expected: number) => ({ kind: 'setting', id: 's', expected, body: {} }) as const;
      const resting = (run: string, revision: number, more: Partial<Change> = {}): Change =>
        append(run, 0, 1, { premises: { documents: [{ kind: 'setting', id: 's', revision }] }, ...more });
      assert.deepEqual(await commitTo(store, [resting('run_a', 1), resting('run_b', 0)]), [
        refused('outdated'),
        applied(0),
      ]);
      assert.deepEqual(
        await commitTo(store, [
          resting('run_c', 0),
          change('x', { documents: [write(0)] }),
          resting('run_d', 0),
          resting('run_e', 1, { documents: [write(1)] }),
          resting('run_f', 1),
          resting('run_g', 2),
        ]),
        [applied(1), APPLIED, refused('outdated'), applied(2), refused('outdated'), applied(3)],
      );
      assert.deepEqual(
        await commitTo(store, [resting('run_h', 2), resting('run_i', 1), resting('run_j', 0)]),
        [applied(4), refused('outdated'), refused('outdated')],
      );
      assert.equal(await store.lastEntry('run_d'), null);
      assert.deepEqual(await commitTo(store, [resting('run_k', 2), resting('run_l', 2)]), [
        applied(5),
        applied(6),
      ]);
      for (const stale of [0, 1, 3])
        assert.deepEqual(
          await commitTo(store, [resting('run_m', stale)]),
          [refused('outdated')],
          'by itself',
        );
    },

    'tasks are found by their names, those that there are': async (store) => {
      await store.commit([append('run_a', 0, 1, { tasks: [held('run_a', 'x:1'), held('run_a', 'y:1')] })]);
      const found = await store.tasksNamed(['run_a:x:1', 'run_a:z:1', 'nothing', 'run_a:y:1', 'run_a:x:1']);
      assert.deepEqual(found.map(({ id }) => id).toSorted(), ['run_a:x:1', 'run_a:y:1']);
      assert.deepEqual(await store.tasksNamed([]), []);
    },

    'time goes on': async (store) => {
      const first = await store.now();
      assert.ok(Number.isInteger(first) && (await store.now()) >= first);
    },
  },
};
