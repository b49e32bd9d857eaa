import assert from 'node:assert/strict';
import type { Change, RunRow, Store } from '../../../src/store/index.ts';
import { append, change, everyPage, idsOf, runIds, runRow, taskRow } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const started = (id: string, more: Partial<RunRow> = {}): Change =>
  append(id, 0, 1, { run: runRow(id, more) });

/** Sixteen runs that differ in everything a filter looks at. */
async function manyRuns(store: Store): Promise<RunRow[]> {
  const rows = Array.from({ length: 16 }, (_, at) =>
    runRow(`run_${at}`, {
      status: (['running', 'paused', 'completed', 'failed'] as const)[at % 4]!,
      definition: ['invoices', 'claims'][Math.floor(at / 4) % 2]!,
      startedBy: ['passport_a', 'passport_b', 'passport_c'][at % 3]!,
      parent: at > 11 ? 'run_0' : null,
    }),
  );
  await store.commit(rows.map((run) => append(run.id, 0, 1, { run })));
  return rows.toReversed();
}

export const runs: Suite = {
  name: 'runs',
  cases: {
    'a row comes back as it was written, and is replaced whole': async (store) => {
      const row = runRow('run_a', {
        parent: 'run_0',
        endedAt: 7,
        priority: 10,
        summary: { ü: ['🧾', null, 1.5] },
      });
      await store.commit([append('run_a', 0, 1, { run: row })]);
      assert.deepEqual(await store.run('run_a'), row);
      const next = runRow('run_a', {
        definition: 'claims',
        definitionVersion: 4,
        status: 'cancelled',
        sequence: 2,
        priority: 1,
        startedBy: 'passport_other',
        createdAt: 1,
        updatedAt: 2,
        summary: {},
      });
      await store.commit([append('run_a', 1, 1, { run: next })]);
      assert.deepEqual(await store.run('run_a'), next);
      assert.deepEqual(await runIds(store, { parent: 'run_0' }), []);
      assert.deepEqual(await runIds(store, { startedBy: 'passport_manager' }), []);
      assert.deepEqual(await runIds(store, { definition: 'claims', status: ['cancelled'] }), ['run_a']);
    },

    'whatever a list filters by may change alone': async (store) => {
      const row = runRow('run_a');
      await store.commit([append('run_a', 0, 1, { run: row })]);
      const parts: Partial<RunRow>[] = [
        { status: 'paused' },
        { definition: 'claims' },
        { startedBy: 'passport_other' },
        { parent: 'run_0' },
        { parent: null },
      ];
      for (const [at, part] of parts.entries()) {
        Object.assign(row, part);
        await store.commit([append('run_a', at + 1, 1, { run: row })]);
        assert.deepEqual(await store.run('run_a'), row);
        const { status, definition, startedBy, parent } = row;
        for (const filter of [
          { status: [status] },
          { definition },
          { startedBy },
          parent === null ? {} : { parent },
        ]) {
          assert.deepEqual(await runIds(store, filter), ['run_a'], JSON.stringify(filter));
        }
      }
    },

    'a stream without a row is not a run': async (store) => {
      await store.commit([append('organisation', 0, 1), started('run_a')]);
      assert.equal(await store.run('organisation'), null);
      assert.equal(await store.run('run_z'), null);
      assert.deepEqual(await runIds(store, {}), ['run_a']);
      assert.deepEqual(await store.runCounts(), { running: 1 });
    },

    'a run keeps its place when its row changes': async (store) => {
      await store.commit([started('run_b'), started('run_a'), started('run_c')]);
      await store.commit([
        append('run_b', 1, 1, { run: runRow('run_b', { status: 'paused', updatedAt: 99 }) }),
      ]);
      assert.deepEqual(await runIds(store, {}), ['run_c', 'run_a', 'run_b']);
    },

    'every filter and every two filters take what they say': async (store) => {
      const rows = await manyRuns(store);
      const parts = [
        {},
        { status: ['running'] as const },
        { status: ['failed', 'paused', 'paused'] as const },
        { status: [] },
        { definition: 'claims' },
        { definition: 'nothing' },
        { startedBy: 'passport_b' },
        { parent: 'run_0' },
      ];
      for (const one of parts) {
        for (const other of parts) {
          const filter: Parameters<Store['runs']>[0] = { ...one, ...other };
          const expected = rows.filter(
            (row) =>
              (filter.status?.includes(row.status) ?? true) &&
              (filter.definition ?? row.definition) === row.definition &&
              (filter.startedBy ?? row.startedBy) === row.startedBy &&
              (filter.parent ?? row.parent) === row.parent,
          );
          assert.deepEqual(await runIds(store, filter), idsOf(expected), JSON.stringify(filter));
          const pages = await everyPage((page) => store.runs(filter, page), 3);
          assert.deepEqual(pages.flatMap(idsOf), idsOf(expected), JSON.stringify(filter));
        }
      }
    },

    'pages are full, end, and stay where they are when runs are added': async (store) => {
      await manyRuns(store);
      const first = await store.runs({ status: ['running', 'failed'] }, { limit: 3 });
      assert.equal(first.rows.length, 3);
      await store.commit([started('run_new')]);
      const second = await store.runs({ status: ['running', 'failed'] }, { limit: 5, cursor: first.next! });
      assert.deepEqual(
        idsOf([...first.rows, ...second.rows]),
        [15, 12, 11, 8, 7, 4, 3, 0].map((n) => `run_${n}`),
      );
      assert.equal(second.next, null);
    },

    'runs are found by their names, those that there are': async (store) => {
      await store.commit([started('run_a'), started('run_b'), append('organisation', 0, 1)]);
      const found = await store.runsNamed(['run_b', 'run_none', 'organisation', 'run_a', 'run_b']);
      assert.deepEqual(idsOf(found).toSorted(), ['run_a', 'run_b']);
      assert.deepEqual(
        found.find(({ id }) => id === 'run_a'),
        await store.run('run_a'),
      );
      assert.deepEqual(await store.runsNamed([]), []);
    },

    'a cursor that is not one is refused as such': async (store) => {
      await manyRuns(store);
      for (const cursor of ['', 'x', 'bnVsbA', 'WyJhIl0', 'WzEsMl0', '💥']) {
        const asked = store.runs({}, { limit: 1, cursor });
        await assert.rejects(asked, { name: 'StoreFault', code: 'invalid_cursor' }, cursor);
      }
    },

    'runs are counted by status, also as they change': async (store) => {
      assert.deepEqual(await store.runCounts(), {});
      await store.commit([started('run_a'), started('run_b'), started('run_c', { status: 'paused' })]);
      assert.deepEqual(await store.runCounts(), { running: 2, paused: 1 });
      await store.commit([
        append('run_a', 1, 1, { run: runRow('run_a', { status: 'completed' }) }),
        append('run_a', 9, 1, { run: runRow('run_a', { status: 'failed' }) }),
        append('run_c', 1, 1, { run: runRow('run_c') }),
        change('run_b', { tasks: [taskRow('run_b', 'x:1.1')] }),
      ]);
      assert.deepEqual(await store.runCounts(), { running: 2, completed: 1 });
    },
  },
};
