import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { checkFlat, soak, type Window } from './soak.ts';

const postgres = await sharedPostgres();
/** `SOAK_SECONDS=n` makes it longer; `npm run soak` is the long one. */
const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 45);
/** Other tests beside this one take what half of the peak would need. */
const SHARE = 1 / 5;
/** Of a short time on a machine that does other things as well: how long things wait for those is not ours, what is done for a run is. */
const BOUNDS = { busier: 2, heavier: 1.25 };

test(
  'under a steady load nothing grows with time',
  { skip: skipWithout(postgres), timeout: 400_000 },
  async (t) => {
    const report = await soak({
      share: SHARE,
      seconds: SECONDS,
      server: serverOf(postgres),
      log: (line) => t.diagnostic(line),
    });
    assert.ok(report.finished > 0);
    checkFlat(report, BOUNDS);
  },
);

test('what grows is seen', () => {
  const window = (at: number, more: Partial<Window> = {}): Window => ({
    runs: 100,
    run: { p50: 500, p95: 900 },
    request: { p50: 5, p95: 9 },
    probe: 1,
    held: 50e6,
    work: 30,
    rows: { outbox: at % 2 },
    ...more,
  });
  const check = (change: (at: number) => Partial<Window>): void => {
    const windows = Array.from({ length: 9 }, (_, at) => window(at, change(at)));
    checkFlat(
      { peak: 10, rate: 5, finished: 900, leftOut: 0, windows },
      { slower: 1.3, busier: 1.3, heavier: 1.15 },
    );
  };
  check(() => ({}));
  check((at) => ({ probe: 1 + at, run: { p50: 500 * (1 + at), p95: 9 } }));
  assert.throws(() => check((at) => ({ run: { p50: 500 + at * 50, p95: 900 } })), /takes/);
  assert.throws(() => check((at) => ({ request: { p50: 5 + at, p95: 9 } })), /takes/);
  assert.throws(() => check((at) => ({ work: 30 + at * 5 })), /worked at/);
  assert.throws(() => check((at) => ({ held: 50e6 + at * 20e6 })), /became/);
  check((at) => ({ runs: 4000, held: 50e6 + at * 1e6 }));
  assert.throws(() => check((at) => ({ runs: 4000, held: 50e6 + at * 3e6 })), /leaves 750 bytes/);
  assert.throws(() => check((at) => ({ rows: { outbox: at * 30 } })), /outbox grows/);
});
