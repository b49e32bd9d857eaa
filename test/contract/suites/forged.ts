import assert from 'node:assert/strict';
import { writeCursor } from '../../../src/store/cursor.ts';
import type { PageRequest, RunFilter, TaskFilter } from '../../../src/store/index.ts';
import { append, change, idsOf, runRow, taskRow } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const NUL = '\0';
const NOWHERE = ['run_a\0', '\0run_a', NUL];

const RUN_FILTERS: readonly RunFilter[] = [
  { definition: NUL },
  { parent: NUL },
  { startedBy: NUL },
  { definition: 'invoices', startedBy: NUL, status: ['running'] },
];
const TASK_FILTERS: readonly TaskFilter[] = [
  { run: NUL },
  { step: NUL },
  { assignee: NUL },
  { run: 'run_a', step: NUL, order: 'queue' },
  { assignee: NUL, open: true },
];

/** What callers may send in the place of an id or a cursor: it is nowhere, and refused, and never a failure of the database. */
export const forged: Suite = {
  name: 'forged ids and cursors',
  cases: {
    'an id with NUL is not there': async (store) => {
      const run = runRow('run_a', { startedBy: 'passport_a' });
      await store.commit([append('run_a', 0, 1, { run, tasks: [taskRow('run_a', 'x:1.1')] })]);
      for (const id of NOWHERE) {
        assert.equal(await store.run(id), null);
        assert.equal(await store.loadRun(id), null);
        assert.equal(await store.lastEntry(id), null);
        assert.deepEqual(await store.entries({ stream: id, after: 0 }, 9), []);
        assert.equal(await store.task(id), null);
        assert.equal(await store.task(`${id}:x:1.1`), null);
        assert.equal(await store.document('plan', id), null);
        assert.equal(await store.idempotent(id), null);
        assert.equal(await store.artifact(id), null);
      }
      assert.deepEqual(idsOf(await store.runsNamed([...NOWHERE, 'run_a'])), ['run_a']);
      const names = NOWHERE.map((id) => `${id}:x:1.1`);
      assert.deepEqual(idsOf(await store.tasksNamed([...names, 'run_a:x:1.1'])), ['run_a:x:1.1']);
    },

    'nothing matches a filter with NUL': async (store) => {
      const tasks = [taskRow('run_a', 'x:1.1', { assignee: 'passport_a', status: 'reserved' })];
      await store.commit([append('run_a', 0, 1, { run: runRow('run_a'), tasks })]);
      const page: PageRequest = { limit: 9 };
      for (const filter of RUN_FILTERS)
        assert.deepEqual((await store.runs(filter, page)).rows, [], JSON.stringify(filter));
      for (const filter of TASK_FILTERS)
        assert.deepEqual((await store.tasks(filter, page)).rows, [], JSON.stringify(filter));
    },

    'a cursor that no page has given is refused': async (store) => {
      await store.commit([
        change('organisation', { documents: [{ kind: 'plan', id: 'a', expected: 0, body: {} }] }),
      ]);
      const numbers: unknown[] = [0.5, -0.5, 1e300, 2 ** 53, null, '1', [1], true];
      const invalid = { name: 'StoreFault', code: 'invalid_cursor' };
      const page = (key: unknown): PageRequest => ({ limit: 9, cursor: writeCursor(key as never) });
      for (const number of numbers) {
        await assert.rejects(store.runs({}, page([number])), invalid);
        await assert.rejects(store.endedRuns(page([number])), invalid);
        await assert.rejects(store.tasks({}, page([number])), invalid);
        await assert.rejects(store.tasks({ order: 'queue' }, page([number, 1])), invalid);
        await assert.rejects(store.tasks({ order: 'queue' }, page([1, number])), invalid);
      }
      for (const id of [NUL, 'a\0', 1, null])
        await assert.rejects(store.documents('plan', page([id])), invalid);
      for (const cursor of ['', 'WzAuNV0', '!', '[1]'])
        await assert.rejects(store.runs({}, { limit: 9, cursor }), invalid);
    },

    'an id of nothing but colons is one id': async (store) => {
      const ids = Array.from({ length: 140 }, (_, at) => `${':'.repeat(1980)}${at}`);
      assert.deepEqual(await store.tasksNamed(ids), []);
      assert.equal(await store.task(ids[0]!), null);
    },
  },
};
