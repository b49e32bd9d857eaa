import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from './clock.ts';
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
