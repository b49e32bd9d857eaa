import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../clock.ts';
import { DatabaseClock } from './database-clock.ts';

/** What is planned, and calls it in the hand of the test. */
class Planned implements Clock {
  readonly calls = new Set<() => void>();

  now(): number {
    return 0;
  }
  after(_ms: number, call: () => void): () => void {
    this.calls.add(call);
    return () => void this.calls.delete(call);
  }
  soon(): void {}
  fire(): void {
    for (const call of [...this.calls]) {
      this.calls.delete(call);
      call();
    }
  }
}

test('a clock that is stopped while it measures plans no other measurement', async () => {
  const planned = new Planned();
  let answer = (_now: number): void => {};
  let isSlow = false;
  const ask = (): Promise<number> =>
    isSlow ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(1000);
  const clock = await DatabaseClock.start(planned, ask, () => 0);
  assert.equal(clock.now(), 1000);
  assert.equal(planned.calls.size, 1);
  isSlow = true;
  planned.fire();
  isSlow = false;
  clock.stop();
  answer(1000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(planned.calls.size, 0);
});

/** A database that is asked over a network that the test has in its hands. */
async function measured() {
  const planned = new Planned();
  let monotonic = 0;
  /** How long ways to the database and back take. */
  const ways: [to: number, from: number][] = [];
  /** What is read while the answer to the second look is on its way. */
  let meanwhile = (): void => {};
  const ask = async (): Promise<number> => {
    const [to, from] = ways.shift() ?? [0, 0];
    monotonic += to;
    const now = 1_000_000 + monotonic;
    monotonic += from;
    if (ways.length === 1) meanwhile();
    return now;
  };
  const clock = await DatabaseClock.start(planned, ask, () => monotonic);
  const measure = async (...next: [to: number, from: number][]): Promise<void> => {
    ways.push(...next);
    planned.fire();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const error = (): number => clock.now() - (1_000_000 + monotonic);
  return { clock, measure, error, during: (call: () => void) => void (meanwhile = call) };
}

test('a look that took long is not believed before the others have been heard', async () => {
  const { measure, error, during } = await measured();
  const errors: number[] = [];
  during(() => errors.push(error()));
  await measure([60_000, 0], [0, 0], [0, 0]);
  assert.deepEqual([...errors, error()], [0, 0]);
  await measure([0, 100], [0, 0], [100, 0]);
  assert.equal(error(), 0);
});

test('where every look took long, the difference that was known holds', async () => {
  const { measure, error } = await measured();
  await measure([60_000, 0], [4000, 0], [60_000, 0]);
  assert.equal(error(), 0);
  await measure([60_000, 0], [800, 0], [60_000, 0]);
  assert.ok(Math.abs(error()) <= 400, `${error()} ms`);
});

test('the first measurement counts however long it took', async () => {
  const ways = [5000, 9000, 9000];
  let monotonic = 0;
  const ask = async (): Promise<number> => 1_000_000 + (monotonic += ways.shift() ?? 0);
  const clock = await DatabaseClock.start(new Planned(), ask, () => monotonic);
  assert.equal(clock.now(), 1_000_000 + monotonic + 2500);
});
