import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../clock.ts';
import { Due } from './due.ts';

/** Time of day and time that passes, each by itself. */
class TwoClocks implements Clock {
  day = 0;
  #passed = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly call: () => void }>();

  now(): number {
    return this.day;
  }
  after(ms: number, call: () => void): () => void {
    const entry = { at: this.#passed + ms, call };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }
  soon(call: () => void): void {
    setImmediate(call);
  }
  async pass(ms: number): Promise<void> {
    this.#passed += ms;
    for (const entry of [...this.#waiting].filter(({ at }) => at <= this.#passed)) {
      this.#waiting.delete(entry);
      entry.call();
    }
    await new Promise(setImmediate);
  }
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }
}

function open(act: (id: string, due: Due) => Promise<unknown> = async () => {}) {
  const clock = new TwoClocks();
  const [acted, faults]: [string[], unknown[]] = [[], []];
  const due: Due = new Due({
    clock,
    onFault: (fault) => void faults.push(fault),
    act: (id) => {
      acted.push(id);
      return act(id, due);
    },
  });
  return { clock, due, acted, faults };
}

test('what was due before the start comes with it, and once', async () => {
  const { clock, due, acted } = open();
  due.set('a', -5);
  due.set('b', 500);
  due.set('c', 500);
  due.set('c', null);
  await clock.pass(0);
  assert.deepEqual(acted, [], 'nothing before the start');
  due.start();
  await clock.pass(0);
  assert.deepEqual(acted, ['a']);
  clock.day = 500;
  await clock.pass(500);
  assert.deepEqual(acted, ['a', 'b']);
  assert.ok(clock.isIdle, 'nothing is left to wait for');
  await due.stop();
});

test('the time of day can jump', async () => {
  const { clock, due, acted } = open();
  due.start();
  due.set('a', 3_600_000);
  await clock.pass(1000);
  assert.deepEqual(acted, []);
  clock.day = 3_600_000;
  await clock.pass(1000);
  assert.deepEqual(acted, ['a']);
});

test('what is due again since it was acted on is kept', async () => {
  const { clock, due, acted } = open(async (id, all) => {
    if (acted.length === 1) all.set(id, 20);
  });
  due.start();
  due.set('a', 10);
  clock.day = 10;
  await clock.pass(10);
  clock.day = 20;
  await clock.pass(10);
  assert.deepEqual(acted, ['a', 'a']);
});

test('what was refused since the time of day went back meanwhile is kept', async () => {
  const { clock, due, acted } = open(async () => {
    if (acted.length === 1) clock.day = 0;
  });
  due.start();
  due.set('a', 10);
  clock.day = 10;
  await clock.pass(10);
  clock.day = 10;
  await clock.pass(10);
  assert.deepEqual(acted, ['a', 'a']);
});

test('what failed is tried again, and told', async () => {
  const { clock, due, acted, faults } = open(() =>
    acted.length === 1 ? Promise.reject(new Error('away')) : Promise.resolve(),
  );
  due.start();
  due.set('a', 0);
  await clock.pass(0);
  assert.deepEqual([acted.length, faults.length], [1, 1]);
  await clock.pass(1000);
  await clock.pass(0);
  assert.deepEqual([acted.length, faults.length], [2, 1]);
  await due.stop();
});
