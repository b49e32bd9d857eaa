import assert from 'node:assert/strict';
import type { Change, CommitResult, News, Store } from '../../../src/store/index.ts';
import { append, APPLIED, applied, change, commitTo, entry, refused, runRow, taskRow } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const codeOf = (result: CommitResult | undefined): string | undefined =>
  result?.ok ? 'applied' : result?.code;
const compareText = (a = '', b = ''): number => (a < b ? -1 : 1);
const codes = (results: readonly CommitResult[]): (string | undefined)[] => results.map(codeOf);

/**
 * Appends to a stream again and again, from wherever it is, until it has appended `times` times, beside a stream of its own in which
 * nobody is in its way. How often it was overtaken.
 */
async function race(store: Store, stream: string, times: number, mark: string): Promise<number> {
  let attempts = 0;
  for (let done = 0; done < times; attempts += 1) {
    const head = (await store.lastEntry(stream))?.sequence ?? 0;
    const own = `${mark}_${attempts}`;
    const [shared, alone] = await store.commit([
      change(stream, { expected: head, entries: [entry(head + 1, `{"by":"${own}"}`)] }),
      append(own, 0, 1, { run: runRow(own) }),
    ]);
    assert.equal(codeOf(alone), 'applied', 'what is refused does not touch the others');
    if (shared?.ok) done += 1;
    else assert.equal(codeOf(shared), 'sequence_conflict');
  }
  return attempts - times;
}

export const severalStores: Suite = {
  name: 'several stores',
  cases: {
    'STORE-6 what another store has overtaken is refused, and does not touch the others': async (
      store,
      place,
    ) => {
      const other = await place.open();
      await store.commit([append('run_a', 0, 1, { run: runRow('run_a') })]);
      await other.commit([append('run_a', 1, 1, { tasks: [taskRow('run_a', 'x:1.1')] })]);
      const late = append('run_a', 1, 1, { run: runRow('run_a', { status: 'failed' }) });
      const results = await store.commit([append('run_b', 0), late, append('run_c', 0)]);
      assert.deepEqual(codes(results), ['applied', 'sequence_conflict', 'applied']);
      for (const one of [store, other]) {
        assert.equal((await one.run('run_a'))?.status, 'running');
        assert.equal((await one.task('run_a:x:1.1'))?.status, 'ready');
        assert.equal(await one.entryCount(), 4);
        assert.deepEqual(await one.runCounts(), { running: 1 });
      }
      await other.close();
    },

    'nobody holds more than they may, however many stores give them something at the same moment': async (
      store,
      place,
    ) => {
      const stores = [store, await place.open(), await place.open()];
      const premises = { holds: [{ participant: 'p', most: 3 }] };
      const give = async (one: Store, run: string): Promise<CommitResult[]> => {
        const row = taskRow(run, 'x:1', { status: 'in_progress', assignee: 'p', token: 1, leaseUntil: 9 });
        return commitTo(one, [append(run, 0, 1, { tasks: [row], premises })]);
      };
      const names = Array.from({ length: 12 }, (_, at) => `run_${at}`);
      const results = (await Promise.all(names.map((run, at) => give(stores[at % 3]!, run)))).flat();
      assert.equal(results.filter(({ ok }) => ok).length, 3);
      assert.ok(results.every((one) => one.ok || one.code === 'capacity_conflict'));
      await Promise.all(stores.slice(1).map((one) => one.close()));
    },

    'once it is known that a document has been written, nothing comes to be any more that rests on what it was':
      async (store, place) => {
        const other = await place.open();
        const resting = async (revision: number): Promise<string[]> => {
          const entries = await store.entries({ position: -1 }, 10_000);
          return entries.map(({ stream }) => stream).filter((name) => name.startsWith(`run_${revision}_`));
        };
        let known = 0;
        let noteWritten = (): void => {};
        const goOn = async (one: Store, mark: string): Promise<void> => {
          for (let at = 0; known < 25; at += 1) {
            const rested = { kind: 'setting', id: 's', revision: known } as const;
            const run = append(`run_${known}_${mark}_${at}`, 0, 1, { premises: { documents: [rested] } });
            const [result] = await one.commit([run]);
            assert.ok(result?.ok || result?.code === 'outdated');
            if (result.ok && rested.revision === known) noteWritten();
          }
        };
        const then: string[][] = [];
        const write = async (): Promise<void> => {
          for (let expected = 0; expected < 25; expected += 1) {
            const body = {};
            if (expected > 0) await new Promise<void>((resolve) => (noteWritten = resolve));
            const [written] = await store.commit([
              change('x', { documents: [{ kind: 'setting', id: 's', expected, body }] }),
            ]);
            assert.ok(written?.ok);
            then.push(await resting(expected));
            known = expected + 1;
          }
        };
        await Promise.all([write(), goOn(other, 'a'), goOn(other, 'b')]);
        for (const [revision, runs] of then.entries()) {
          if (revision === 0) continue;
          assert.ok(runs.length > 0, `something rests on ${revision}`);
          assert.deepEqual(await resting(revision), runs, `what rests on ${revision}`);
        }
        await other.close();
      },

    'a lease that another store has prolonged, and read, is not ended': async (store, place) => {
      const other = await place.open();
      for (let at = 0; at < 40; at += 1) {
        const run = `run_${at}`;
        const row = taskRow(run, 'x:1', { assignee: 'p', token: 1 });
        const [task, token] = [row.id, row.token];
        const held = { ...row, status: 'in_progress', leaseUntil: 9 } as const;
        await store.commit([append(run, 0, 1, { tasks: [held] })]);
        // What is written with it leaves the other a moment after the lease was found to be over.
        const premises = { leases: [{ task, token, until: 9 }] };
        const end = append(run, 1, 300, { tasks: [row], premises });
        const prolong = async (): Promise<boolean> => {
          await other.commit([change('leases', { leases: [{ task, token, until: 20 }] })]);
          return (await other.task(task))?.status === 'in_progress';
        };
        const [[ended], isHeld] = await Promise.all([commitTo(store, [end]), prolong()]);
        assert.equal(codeOf(ended), isHeld ? 'overtaken' : 'applied');
      }
      await other.close();
    },

    "a message and a timer are one store's to carry out": async (store, place) => {
      const other = await place.open();
      const due = { id: 't', run: 'run_a', due: 5, what: {} };
      await store.commit([append('run_a', 0, 1, { outbox: [{ run: 'run_a', message: {} }], timers: [due] })]);
      const [message] = await store.outbox(0, 1);
      const both = (run: string): Change =>
        append(run, 0, 1, {
          delivered: [message!.id],
          cancelled: ['t'],
          premises: { messages: [message!.id], timers: [due] },
        });
      const results = await Promise.all([commitTo(store, [both('run_b')]), commitTo(other, [both('run_c')])]);
      assert.deepEqual(new Set(codes(results.flat())), new Set(['applied', 'overtaken']));
      await other.close();
    },

    'STORE-2 keys and documents are told apart among stores as within one': async (store, place) => {
      const other = await place.open();
      const idempotency = { key: 'k', fingerprint: 'f', result: 1, at: 1 };
      const write = { kind: 'setting', id: 's', expected: 0, body: {} } as const;
      await other.commit([append('run_a', 0, 1, { idempotency }), change('x', { documents: [write] })]);
      const results = await commitTo(store, [
        append('run_b', 0, 1, { idempotency }),
        append('run_c', 0),
        change('x', { documents: [write] }),
        change('x', { documents: [{ ...write, expected: 1 }] }),
      ]);
      assert.deepEqual(results, [
        refused('idempotency_conflict'),
        applied(1),
        refused('document_conflict'),
        APPLIED,
      ]);
      assert.equal((await other.document('setting', 's'))?.revision, 2);
      await other.close();
    },

    'STORE-6 of two that append to one stream at the same moment one is refused, time after time': async (
      store,
      place,
      t,
    ) => {
      const others = await Promise.all([place.open(), place.open()]);
      const all = [store, ...others];
      const overtaken = await Promise.all(all.map((one, at) => race(one, 'run_hot', 20, `run_${at}`)));
      t.diagnostic(`overtaken ${overtaken.join(', ')} times`);
      const entries = await store.entries({ position: -1 }, 1_000);
      assert.deepEqual(
        entries.map(({ position }) => position),
        entries.map((_, at) => at),
      );
      const hot = entries.filter(({ stream }) => stream === 'run_hot');
      assert.deepEqual(
        hot.map(({ sequence }) => sequence),
        Array.from({ length: 60 }, (_, at) => at + 1),
      );
      assert.equal(new Set(hot.map(({ text }) => text)).size, 60);
      const attempts = 60 + overtaken.reduce((sum, times) => sum + times, 0);
      assert.equal(entries.length, 60 + attempts);
      assert.deepEqual(await store.runCounts(), { running: attempts });
      await Promise.all(others.map((one) => one.close()));
    },

    'STORE-2 of two that write a new document at the same moment one is refused, and nothing beside it':
      async (store, place) => {
        const other = await place.open();
        for (let round = 0; round < 20; round += 1) {
          const write = { kind: 'setting', id: `s_${round}`, expected: 0, body: {} } as const;
          const both = [store, other].map((one, at) =>
            one.commit([
              change('x', { documents: [write] }),
              append(`run_${round}_${at}`, 0),
              change('y', { idempotency: { key: `k_${round}`, fingerprint: 'f', result: at, at: 1 } }),
            ]),
          );
          const [mine = [], theirs = []] = (await Promise.all(both)).map(codes);
          assert.deepEqual([mine[0], theirs[0]].toSorted(compareText), ['applied', 'document_conflict']);
          assert.deepEqual([mine[1], theirs[1]], ['applied', 'applied']);
          assert.deepEqual([mine[2], theirs[2]].toSorted(compareText), ['applied', 'idempotency_conflict']);
          assert.equal((await store.document('setting', write.id))?.revision, 1);
        }
        await other.close();
      },

    'STORE-4 positions have no gaps and do not change while many write and many read': async (
      store,
      place,
    ) => {
      const others = await Promise.all([place.open(), place.open()]);
      const all = [store, ...others];
      const writing = all.map(async (one, at) => {
        for (let sequence = 0; sequence < 40; sequence += 2) {
          const changes = ['a', 'b', 'c'].map((name) => append(`run_${name}_${at}`, sequence, 2));
          assert.deepEqual(codes(await one.commit(changes)), ['applied', 'applied', 'applied']);
        }
      });
      let isWritten = false;
      const seen: string[] = [];
      const reading = all.map(async (one) => {
        for (let last = false, after = -1; !last;) {
          last = isWritten;
          for (const { position, stream, sequence } of await one.entries({ position: after }, 50)) {
            assert.equal(position, after + 1);
            assert.equal((seen[position] ??= `${stream} ${sequence}`), `${stream} ${sequence}`);
            after = position;
            last = false;
          }
        }
      });
      await Promise.all(writing);
      isWritten = true;
      await Promise.all(reading);
      assert.equal(seen.length, 360);
      assert.equal(new Set(seen).size, 360);
      await Promise.all(others.map((one) => one.close()));
    },

    'a store reads what another has committed, and the tree grows for one of them': async (store, place) => {
      const other = await place.open();
      await store.commit([append('run_a', 0, 2)]);
      assert.equal(await other.entryCount(), 2);
      const tile = { level: 0, index: 0, hashes: new Uint8Array(64) };
      const grown = await Promise.all([store, other].map((one) => one.growTree(0, 2, [tile])));
      assert.notEqual(grown[0], grown[1]);
      assert.equal(await other.treeSize(), 2);
      await other.close();
    },

    'commits that want the same rows in other orders all come through': async (store, place) => {
      const other = await place.open();
      const touching = (names: readonly string[], until: number): Change =>
        change(`x${until}`, {
          timers: names.map((id) => ({ id, run: 'run_a', due: until, what: {} })),
          leases: names.map((name) => ({ task: `run_a:${name}`, token: 1, until })),
        });
      const names = Array.from({ length: 20 }, (_, at) => `t:${at}.1`);
      const held = { status: 'in_progress', token: 1, leaseUntil: 0, assignee: 'p' } as const;
      await store.commit([change('run_a', { tasks: names.map((name) => taskRow('run_a', name, held)) })]);
      const commits = Array.from({ length: 40 }, (_, at) =>
        (at % 2 === 0 ? store : other).commit([
          touching(at % 4 < 2 ? names : names.toReversed(), at + 1),
          change('y', { tasks: [taskRow('run_a', names[at % 20]!, { ...held, leaseUntil: at })] }),
        ]),
      );
      for (const results of await Promise.all(commits))
        assert.deepEqual(codes(results), ['applied', 'applied']);
      await other.close();
    },

    'watching says what others have written, and nothing of what it has itself': async (store, place) => {
      const other = await place.open();
      const heard: News[] = [];
      let wake = (): void => {};
      const stop = store.watch((news) => {
        heard.push(news);
        wake();
      });
      const until = async (holds: () => boolean): Promise<void> => {
        while (!holds()) await new Promise<void>((resolve) => (wake = resolve));
      };
      const stopOther = other.watch(() => {});
      await until(() => heard.some(({ streams }) => streams === null));
      await other.commit([append('run_b', 0, 1, { tasks: [taskRow('run_b', 'x:1.1')] })]);
      await until(() => heard.some(({ streams }) => streams?.includes('run_b')));
      const told = heard.find(({ streams }) => streams?.includes('run_b'));
      assert.deepEqual(told, { streams: ['run_b'], tasks: ['run_b:x:1.1'] });
      await store.commit([append('run_own', 0)]);
      await other.commit([append('run_last', 0)]);
      await until(() => heard.some(({ streams }) => streams?.includes('run_last')));
      assert.ok(!heard.some(({ streams }) => streams?.includes('run_own')));
      stop();
      stopOther();
      await other.close();
    },
  },
};
