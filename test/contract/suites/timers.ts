import assert from 'node:assert/strict';
import type { Timer } from '../../../src/store/index.ts';
import { append, change, idsOf } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const timer = (id: string, due: number, run = 'run_a'): Timer => ({
  id,
  run,
  due,
  what: { kind: 'retry', id },
});

export const timers: Suite = {
  name: 'timers and outbox',
  cases: {
    'timers come back earliest first, up to a moment': async (store) => {
      assert.equal(await store.nextTimer(), null);
      const set = [
        timer('run_a:c', 30),
        timer('run_a:b', 10),
        timer('run_b:a', 20, 'run_b'),
        timer('run_a:a', 10),
      ];
      await store.commit([append('run_a', 0, 1, { timers: set })]);
      assert.deepEqual(await store.timers(20, 9), [set[3], set[1], set[2]]);
      assert.deepEqual(await store.timers(99, 1), [set[3]]);
      assert.deepEqual(await store.timers(9, 9), []);
      assert.equal(await store.nextTimer(), 10);
    },

    'ties are in the order of their ids, as UTF-8 compares': async (store) => {
      const names = ['b', 'a', '\u{1F9FE}', '\uFF5E', 'ä'];
      await store.commit([change('run_a', { timers: names.map((id) => timer(id, 1)) })]);
      assert.deepEqual(idsOf(await store.timers(1, 9)), ['a', 'b', 'ä', '\uFF5E', '\u{1F9FE}']);
    },

    'a timer is moved by setting it again, and removed by cancelling it': async (store) => {
      await store.commit([change('run_a', { timers: [timer('a', 10), timer('b', 20), timer('c', 30)] })]);
      await store.commit([change('run_a', { timers: [timer('a', 40)], cancelled: ['b', 'nothing'] })]);
      assert.deepEqual(idsOf(await store.timers(99, 9)), ['c', 'a']);
      assert.equal(await store.nextTimer(), 30);
      await store.commit([change('run_a', { timers: [timer('c', 5)], cancelled: ['c', 'a'] })]);
      assert.deepEqual(await store.timers(99, 9), [timer('c', 5)]);
    },

    'messages come in order until they are delivered, and numbers are not used again': async (store) => {
      const message = (n: number) => ({ run: 'run_a', message: { n, text: '🧾' } });
      await store.commit([
        append('run_a', 0, 1, { outbox: [message(1), message(2)] }),
        append('run_a', 5, 1, { outbox: [message(0)] }),
        append('run_a', 1, 1, { outbox: [message(3)] }),
      ]);
      const all = await store.outbox(0, 9);
      assert.deepEqual(
        all.map(({ message: { n } }) => n),
        [1, 2, 3],
      );
      assert.deepEqual(await store.outbox(all[0]!.id, 1), [all[1]]);
      await store.commit([change('run_a', { delivered: [all[2]!.id, all[0]!.id, 999] })]);
      assert.deepEqual(await store.outbox(0, 9), [all[1]]);
      await store.commit([change('run_a', { delivered: [all[1]!.id], outbox: [message(4)] })]);
      const [last] = await store.outbox(0, 9);
      assert.deepEqual(last?.message, message(4).message);
      assert.ok(last.id > all[2]!.id);
    },
  },
};
