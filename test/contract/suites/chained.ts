import assert from 'node:assert/strict';
import { append, applied, commitTo, refused, runRow, taskRow } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const record = (key: string) => ({ key, fingerprint: 'f', at: 1, result: null });

export const chained: Suite = {
  name: 'chained changes',
  cases: {
    'STORE-7 what was decided on top of a refused change is refused, though the stream is as long as it expects':
      async (store) => {
        await store.commit([append('run_a', 0, 1, { run: runRow('run_a'), idempotency: record('used') })]);
        const others = append('run_a', 1, 2);
        const mine = append('run_a', 1, 2, { idempotency: record('used') });
        const onTop = append('run_a', 3, 1, { tasks: [taskRow('run_a', 'x:1')] });
        const further = append('run_a', 4);
        assert.deepEqual(await commitTo(store, [mine, others, onTop, further, append('run_b', 0)]), [
          refused('idempotency_conflict'),
          applied(1),
          refused('sequence_conflict'),
          refused('sequence_conflict'),
          applied(3),
        ]);
        assert.equal(await store.task('run_a:x:1'), null);
        assert.equal((await store.lastEntry('run_a'))?.sequence, 3);
      },

    'what expects the same as a refused change does not rest on it': async (store) => {
      await store.commit([append('run_a', 0, 1, { idempotency: record('used') })]);
      const results = await commitTo(store, [
        append('run_a', 1, 1, { idempotency: record('used') }),
        append('run_a', 1),
      ]);
      assert.deepEqual(results, [refused('idempotency_conflict'), applied(1)]);
    },

    'what is refused and appends nothing takes nothing away from what comes after it': async (store) => {
      await store.commit([append('run_a', 0, 1, { idempotency: record('used') })]);
      const results = await commitTo(store, [
        append('run_a', 1, 0, { idempotency: record('used') }),
        append('run_a', 1),
        append('run_a', 2),
      ]);
      assert.deepEqual(results, [refused('idempotency_conflict'), applied(1), applied(2)]);
    },
  },
};
