import assert from 'node:assert/strict';
import type { Change } from '../../../src/store/index.ts';
import {
  APPLIED,
  append,
  applied,
  commitTo,
  change,
  entriesFrom,
  entry,
  refused,
  runRow,
  taskRow,
} from '../fixtures.ts';
import type { Suite } from '../suite.ts';

export const commit: Suite = {
  name: 'commit',
  cases: {
    'STORE-1 a change is applied whole': async (store) => {
      const all = append('run_a', 0, 2, {
        run: runRow('run_a'),
        tasks: [taskRow('run_a', 'extract:1.1')],
        timers: [{ id: 't', run: 'run_a', due: 5, what: { kind: 'wait' } }],
        outbox: [{ run: 'run_a', message: { hello: 1 } }],
        artifacts: [{ sha256: 'aa', mediaType: 'text/plain', content: Uint8Array.of(1) }],
        snapshot: { sequence: 1, state: '{}' },
        idempotency: { key: 'k', fingerprint: 'f', result: null, at: 1 },
        documents: [{ kind: 'setting', id: 's', expected: 0, body: { on: true } }],
      });
      assert.deepEqual(await commitTo(store, [all]), [applied(0)]);
      assert.deepEqual(await store.run('run_a'), runRow('run_a'));
      assert.equal((await store.task('run_a:extract:1.1'))?.status, 'ready');
      assert.equal((await store.timers(5, 9)).length, 1);
      assert.equal((await store.outbox(0, 9)).length, 1);
      assert.ok(await store.artifact('aa'));
      assert.equal((await store.loadRun('run_a'))?.entries.length, 1);
      assert.ok(await store.idempotent('k'));
      assert.ok(await store.document('setting', 's'));
    },

    'STORE-1 a refused change leaves no trace': async (store) => {
      await store.commit([append('run_a', 0, 1, { run: runRow('run_a') })]);
      const late = append('run_a', 0, 1, {
        run: runRow('run_a', { status: 'failed' }),
        tasks: [taskRow('run_a', 'extract:1.1')],
        timers: [{ id: 't', run: 'run_a', due: 5, what: {} }],
        outbox: [{ run: 'run_a', message: {} }],
        artifacts: [{ sha256: 'aa', mediaType: 'text/plain', content: Uint8Array.of(1) }],
        snapshot: { sequence: 1, state: '{}' },
        idempotency: { key: 'k', fingerprint: 'f', result: null, at: 1 },
        documents: [{ kind: 'setting', id: 's', expected: 0, body: {} }],
      });
      assert.deepEqual(await commitTo(store, [late]), [refused('sequence_conflict')]);
      assert.equal((await store.run('run_a'))?.status, 'running');
      assert.deepEqual(await store.runCounts(), { running: 1 });
      assert.equal(await store.task('run_a:extract:1.1'), null);
      assert.deepEqual(await store.timers(5, 9), []);
      assert.deepEqual(await store.outbox(0, 9), []);
      assert.equal(await store.artifact('aa'), null);
      assert.equal((await store.loadRun('run_a'))?.snapshot, null);
      assert.equal(await store.idempotent('k'), null);
      assert.equal(await store.document('setting', 's'), null);
      assert.equal(await store.entryCount(), 1);
    },

    'STORE-2 a refused change does not touch the others of its commit': async (store) => {
      const results = await commitTo(store, [
        append('run_a', 0, 2),
        append('run_b', 3, 1),
        append('run_c', 0, 1),
        append('run_a', 0, 1),
      ]);
      assert.deepEqual(results, [
        applied(0),
        refused('sequence_conflict'),
        applied(2),
        refused('sequence_conflict'),
      ]);
      const streams = (await store.entries({ position: -1 }, 9)).map(({ stream }) => stream);
      assert.deepEqual(streams, ['run_a', 'run_a', 'run_c']);
      assert.equal(await store.loadRun('run_b'), null);
    },

    'STORE-2 changes of one stream follow one another in one commit': async (store) => {
      const first = append('run_a', 0, 2, { run: runRow('run_a', { sequence: 2 }) });
      const second = append('run_a', 2, 1, { run: runRow('run_a', { sequence: 3, status: 'completed' }) });
      assert.deepEqual(await commitTo(store, [first, second]), [applied(0), applied(2)]);
      assert.equal((await store.run('run_a'))?.sequence, 3);
      assert.deepEqual(await commitTo(store, [append('run_a', 3), append('run_a', 4)]), [
        applied(3),
        applied(4),
      ]);
    },

    'STORE-4 and STORE-5 positions and sequences have no gaps': async (store) => {
      await store.commit([append('run_a', 0, 2), append('run_b', 7), append('run_b', 0, 1)]);
      await store.commit([append('run_a', 0), append('organisation', 0, 2), append('run_a', 2, 2)]);
      const entries = await store.entries({ position: -1 }, 99);
      assert.deepEqual(
        entries.map(({ position }) => position),
        [0, 1, 2, 3, 4, 5, 6],
      );
      const ofA = entries.filter(({ stream }) => stream === 'run_a');
      assert.deepEqual(
        ofA.map(({ sequence }) => sequence),
        [1, 2, 3, 4],
      );
      assert.equal(await store.entryCount(), 7);
    },

    'STORE-4 positions are in the order of the commits, and of the changes in each': async (store) => {
      await store.commit([append('run_a', 0), append('run_b', 0, 2), append('run_a', 1)]);
      await store.commit([append('run_b', 2), append('run_a', 2, 2), append('run_c', 0)]);
      await store.commit([append('run_a', 4)]);
      const entries = await store.entries({ position: -1 }, 99);
      const places = ['a1', 'b1', 'b2', 'a2', 'b3', 'a3', 'a4', 'c1', 'a5'];
      assert.deepEqual(
        entries.map(({ stream, sequence }) => `${stream.slice(-1)}${sequence}`),
        places,
      );
      const ofB = await store.entries({ stream: 'run_b', after: 0 }, 9);
      assert.deepEqual(
        ofB.map(({ position }) => position),
        [1, 2, 4],
      );
    },

    'a stream that is behind what is expected is refused as one that is ahead': async (store) => {
      assert.deepEqual(await commitTo(store, [append('run_a', 1)]), [refused('sequence_conflict')]);
      await store.commit([append('run_a', 0, 2)]);
      for (const expected of [0, 1, 3]) {
        const alone = await commitTo(store, [append('run_a', expected), append(`run_${expected}`, 0)]);
        assert.deepEqual(alone[0], refused('sequence_conflict'));
        assert.equal(alone[1]?.ok, true);
        const none = change('run_a', { expected, run: runRow('run_a') });
        assert.deepEqual(await commitTo(store, [none]), [refused('sequence_conflict')]);
      }
      assert.equal((await store.lastEntry('run_a'))?.sequence, 2);
      assert.equal(await store.run('run_a'), null);
    },

    'a change may expect a sequence without adding to it': async (store) => {
      await store.commit([append('run_a', 0, 2)]);
      const at = (expected: number): Change => change('run_a', { expected, run: runRow('run_a') });
      assert.deepEqual(await commitTo(store, [at(1), at(2)]), [refused('sequence_conflict'), APPLIED]);
      assert.deepEqual(await commitTo(store, [append('run_a', 2)]), [applied(2)]);
    },

    'an idempotency key is used once, whatever the fingerprint': async (store) => {
      const under = (stream: string, fingerprint: string): Change =>
        append(stream, 0, 1, { idempotency: { key: 'k', fingerprint, result: { stream }, at: 1 } });
      const results = await commitTo(store, [under('run_a', 'f'), under('run_b', 'f')]);
      assert.deepEqual(results, [applied(0), refused('idempotency_conflict')]);
      assert.deepEqual(await commitTo(store, [under('run_c', 'g')]), [refused('idempotency_conflict')]);
      assert.deepEqual((await store.idempotent('k'))?.result, { stream: 'run_a' });
      assert.equal(await store.entryCount(), 1);
    },

    'a repeated command is told apart before a sequence or a document is': async (store) => {
      const once = append('run_a', 0, 1, {
        idempotency: { key: 'k', fingerprint: 'f', result: 1, at: 1 },
        documents: [{ kind: 'setting', id: 's', expected: 0, body: {} }],
      });
      await store.commit([once]);
      assert.deepEqual(await commitTo(store, [once]), [refused('idempotency_conflict')]);
      const { idempotency: _, ...again } = once;
      assert.deepEqual(await commitTo(store, [again]), [refused('sequence_conflict')]);
    },

    'nothing of a commit is applied when one of its changes is unsound': async (store) => {
      const good = append('run_a', 0, 1);
      const unsound: Change[] = [
        change('run_b', { entries: [entry(1)] }),
        change('run_b', { expected: 0, entries: [entry(2)] }),
        change('run_b', { expected: 0, entries: [entry(1), entry(3)] }),
        change('run_b', { run: runRow('run_c') }),
        change('run_b', { tasks: [taskRow('run_b', 'x:1.1', { id: 'elsewhere:x:1.1' })] }),
        change('run_b', { tasks: [taskRow('run_b', 'x:1.1', { id: 'run_c:x:1.1' })] }),
        change('run_b', { tasks: [taskRow('run_b', 'x')] }),
        change('run_b', { tasks: [taskRow('run_b', 'x:y:1.1')] }),
        change('run_b', { timers: [{ id: 't', run: 'run_b', due: 1e300, what: {} }] }),
      ];
      for (const bad of unsound) {
        await assert.rejects(store.commit([good, bad]), { name: 'StoreFault', code: 'invalid_change' });
      }
      assert.equal(await store.entryCount(), 0);
    },

    'nothing of a commit is applied when it cannot be written': async (store) => {
      await store.commit([append('run_a', 0, 1, { run: runRow('run_a') })]);
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      const good = append('run_a', 1, 1, { run: runRow('run_a', { status: 'paused' }) });
      const fresh = append('run_b', 0, 1, { run: runRow('run_b') });
      const bad = append('run_c', 0, 1, { run: runRow('run_c', { summary: circular as never }) });
      await assert.rejects(store.commit([good, fresh, bad]));
      assert.equal(await store.entryCount(), 1);
      assert.deepEqual(await store.runCounts(), { running: 1 });
      assert.equal(await store.loadRun('run_b'), null);
      assert.deepEqual(await commitTo(store, [good, fresh]), [applied(1), applied(2)]);
      assert.deepEqual(await store.runCounts(), { paused: 1, running: 1 });
    },

    'what a caller does to its objects afterwards does not reach the store': async (store) => {
      const task = taskRow('run_a', 'extract:1.1', { input: { n: 1 } });
      const row = runRow('run_a', { summary: { n: 1 } });
      const entries = entriesFrom(0, 1);
      await store.commit([change('run_a', { expected: 0, entries, run: row, tasks: [task] })]);
      task.status = 'failed';
      (task.input as { n: number }).n = 2;
      (row.summary as { n: number }).n = 2;
      const before = entries[0]!.hash[0];
      entries[0]!.hash.fill(255);
      assert.deepEqual((await store.task(task.id))?.input, { n: 1 });
      const read = await store.run('run_a');
      assert.deepEqual(read?.summary, { n: 1 });
      read.summary.n = 3;
      assert.deepEqual((await store.run('run_a'))?.summary, { n: 1 });
      assert.equal((await store.entries({ position: -1 }, 1))[0]?.hash[0], before);
    },

    'an empty commit is nothing': async (store) => {
      assert.deepEqual(await commitTo(store, []), []);
    },

    'a closed store answers nothing': async (store) => {
      await store.close();
      await assert.rejects(store.commit([append('run_a', 0)]), { code: 'store_closed' });
      await assert.rejects(store.entryCount(), { code: 'store_closed' });
      await store.close();
    },
  },
};
