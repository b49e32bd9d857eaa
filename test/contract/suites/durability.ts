import assert from 'node:assert/strict';
import { append, applied, change, commitTo, idsOf, runRow, taskIds, taskRow } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

export const durability: Suite = {
  name: 'durability',
  cases: {
    'STORE-3 all of it is there when the store is opened again': async (store, place) => {
      const task = taskRow('run_a', 'extract:1.1', { status: 'in_progress', token: 1, leaseUntil: 50 });
      await store.commit([
        append('run_a', 0, 2, {
          run: runRow('run_a'),
          tasks: [task],
          timers: [{ id: 't', run: 'run_a', due: 5, what: {} }],
          outbox: [{ run: 'run_a', message: { n: 1 } }],
          snapshot: { sequence: 1, state: '{}' },
          idempotency: { key: 'k', fingerprint: 'f', result: 1, at: 1 },
          documents: [{ kind: 'setting', id: 's', expected: 0, body: {} }],
        }),
      ]);
      await store.putArtifact({ sha256: 'aa', mediaType: 'text/plain', content: Uint8Array.of(1) });
      await store.growTree(0, 2, [{ level: 0, index: 0, hashes: new Uint8Array(64) }]);
      await store.putCheckpoint({ size: 2, note: 'n' });
      await store.close();
      const again = await place.open();
      assert.deepEqual(await again.run('run_a'), runRow('run_a'));
      assert.deepEqual(await again.task(task.id), task);
      assert.deepEqual(await again.runCounts(), { running: 1 });
      assert.equal((await again.loadRun('run_a'))?.entries.length, 1);
      assert.equal(await again.nextTimer(), 5);
      assert.equal((await again.idempotent('k'))?.result, 1);
      assert.equal((await again.document('setting', 's'))?.revision, 1);
      assert.ok(await again.artifact('aa'));
      assert.equal(await again.treeSize(), 2);
      assert.equal((await again.checkpoint())?.size, 2);
      await again.close();
    },

    'STORE-4 positions, sequences and numbers go on where they were': async (store, place) => {
      await store.commit([
        append('run_a', 0, 2, { run: runRow('run_a'), outbox: [{ run: 'run_a', message: {} }] }),
      ]);
      const [message] = await store.outbox(0, 1);
      await store.commit([change('run_a', { delivered: [message!.id] })]);
      await store.close();
      const again = await place.open();
      const refusedAt = await commitTo(again, [append('run_a', 0)]);
      assert.deepEqual(refusedAt, [{ ok: false, code: 'sequence_conflict' }]);
      const next = append('run_a', 2, 1, {
        outbox: [{ run: 'run_a', message: {} }],
        tasks: [taskRow('run_a', 'a:1.1')],
      });
      assert.deepEqual(await commitTo(again, [next]), [applied(2)]);
      assert.ok((await again.outbox(0, 1))[0]!.id > message!.id);
      assert.deepEqual(await taskIds(again, { run: 'run_a' }), ['run_a:a:1.1']);
      await again.close();
    },

    'a page may be continued after the store was opened again': async (store, place) => {
      await store.commit(['run_a', 'run_b', 'run_c'].map((id) => append(id, 0, 1, { run: runRow(id) })));
      const first = await store.runs({}, { limit: 1 });
      await store.close();
      const again = await place.open();
      assert.deepEqual(idsOf((await again.runs({}, { limit: 9, cursor: first.next! })).rows), [
        'run_b',
        'run_a',
      ]);
      await again.close();
    },
  },
};
