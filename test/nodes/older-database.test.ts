import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { agent, openNode, settle, startRun, TWO_STEPS, until } from './kit.ts';

const postgres = await sharedPostgres();

/** As where a standby takes over that had not heard of the last commit. */
const WITHOUT_LAST = `
  WITH gone AS (DELETE FROM log WHERE position = (SELECT max(position) FROM log) RETURNING position, run, sequence),
    lost AS (DELETE FROM entries USING gone WHERE entries.run = gone.run AND entries.sequence >= gone.sequence)
  UPDATE sequencer SET next = gone.position FROM gone`;

test(
  'NODE-4 a node that has followed more than its database holds brings its process down, and says why',
  { skip: skipWithout(postgres), timeout: 20_000 },
  async (t) => {
    const server = serverOf(postgres);
    const url = await server.newSchema();
    const one = await openNode(url);
    t.after(() => one.stop());
    const two = await openNode(url);
    await settle(two, [agent('x')], [TWO_STEPS]);
    await startRun(two, 'two');
    await until(() => one.runtime.scheduler.backlog === 1);
    await two.stop();
    const fell = one.fell();
    await server.query(WITHOUT_LAST, url);
    assert.match(String(await fell), /has read \d+ entries .* older state .* start it again/);
  },
);
