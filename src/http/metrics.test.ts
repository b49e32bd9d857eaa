import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as elapse } from 'node:timers/promises';
import { Metrics } from './metrics.ts';

const NOTHING = { backlog: 0, held: 0, inTree: 0, attempts: null, stored: null };

test('the delay of the event loop is what it was late by, and nothing where it was not', async (t) => {
  const metrics = new Metrics();
  t.after(() => metrics.stop());
  const late = async (quantile: string): Promise<number> => {
    const line = new RegExp(`^humanos_event_loop_lag_seconds\\{quantile="${quantile}"\\} (\\S+)$`, 'm');
    return Number(line.exec(await metrics.text(NOTHING))?.[1]);
  };
  const signal = AbortSignal.timeout(20_000);
  do await elapse(100, undefined, { signal });
  while ((await late('0.5')) > 0.01);
  await elapse(50);
  const until = performance.now() + 200;
  while (performance.now() < until);
  await elapse(50);
  assert.ok((await late('1')) > 0.1);
});
