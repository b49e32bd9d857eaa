import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type Client, type EventView } from '../../src/client/index.ts';
import { Running } from '../e2e/cli-kit.ts';
import { NodeProcess } from '../nodes-kit/index.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { FAKETIME, withoutFaketime } from '../time/library.ts';
import { enrol } from '../serving/enrol.ts';

const postgres = await sharedPostgres();
const MINUTE = 60_000;
/** By how much a node may be wrong about the time of the database: half of the way there and back, on a machine that is busy. */
const TOLERANCE = 2000;

/** A machine whose clock is off by as many seconds. */
const clockOff = (seconds: number): NodeJS.ProcessEnv => ({
  LD_PRELOAD: FAKETIME,
  FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}s`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});

const AGENT_TASK = { task: { requires: ['work'], by: 'agent' } };
const DEFINITIONS = [
  { id: 'one', phases: [{ id: 'p', steps: [{ id: 'a', ...AGENT_TASK }] }] },
  { id: 'waits', phases: [{ id: 'p', steps: [{ id: 'a', wait: { for: '3s' } }] }] },
  {
    id: 'late',
    phases: [
      {
        id: 'p',
        steps: [
          {
            id: 'a',
            task: {
              by: 'human',
              from: 'role:administrator',
              deadlines: [{ within: '3s', then: { notify: 'role:administrator' } }],
            },
          },
        ],
      },
    ],
  },
];

test(
  'clocks of machines that are a minute off change nothing: leases, timers and deadlines go by the database',
  { skip: withoutFaketime || skipWithout(postgres), timeout: 240_000 },
  async (t) => {
    const database = serverOf(postgres);
    const databaseUrl = await database.newSchema();
    const now = async (): Promise<number> =>
      Number(
        (await database.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now'))[0]?.['now'],
      );
    for (const seconds of [60, -60]) {
      const env = { ...process.env, ...clockOff(seconds) };
      const { out } = await new Running(process.execPath, ['-p', 'Date.now()'], { env }).ended;
      const off = Number(out) - Date.now();
      assert.ok(Math.abs(off - seconds * 1000) < MINUTE / 2, `the clock of its machine is off by ${off} ms`);
    }
    const began = await now();
    const exact = await NodeProcess.start({ databaseUrl, args: ['--role', 'api'] });
    const ahead = await NodeProcess.start({ databaseUrl, env: clockOff(60) });
    const behind = await NodeProcess.start({ databaseUrl, env: clockOff(-60) });
    const nodes = [exact, ahead, behind];
    t.after(() => Promise.all(nodes.map((node) => node.stop('SIGKILL'))));
    const clientOf = ({ url }: NodeProcess, token = exact.adminToken ?? ''): Client =>
      createClient({ url, token });
    const admin = clientOf(exact);
    for (const document of DEFINITIONS) await admin.workflow.saveDefinition({ document });
    const { secret } = await enrol(admin, { kind: 'agent', name: 'A', capabilities: ['work'], capacity: 9 });

    const held = [];
    for (const node of nodes) {
      await clientOf(node).workflow.start({ definition: 'one' });
      const asked = await now();
      const { task } = await clientOf(node, secret).task.claimNext({ waitSeconds: 20, leaseSeconds: 50 });
      assert.ok(task?.leaseUntil);
      const [least, most] = [asked + 50_000 - TOLERANCE, (await now()) + 50_000 + TOLERANCE];
      assert.ok(
        least <= task.leaseUntil && task.leaseUntil <= most,
        'a lease is as long as the database says',
      );
      held.push({ id: task.id, token: task.token });
    }
    for (const definition of ['waits', 'late'])
      for (const node of nodes) {
        const run = (await clientOf(node).workflow.start({ definition })).id;
        const last = definition === 'waits' ? 'run.completed' : 'task.overdue';
        const events = await eventsUntil(clientOf(ahead), run, last);
        const took = (events.at(-1)?.at ?? 0) - (events[0]?.at ?? 0);
        assert.ok(
          3000 - TOLERANCE <= took && took < MINUTE / 2,
          `${definition}: due after 3 s, done after ${took} ms`,
        );
        for (const [at, one] of held.entries())
          await clientOf(nodes[(at + 1) % 3]!, secret).task.heartbeat({ ...one, leaseSeconds: 50 });
      }
    for (const [at, node] of nodes.entries())
      await clientOf(node, secret).task.complete({ ...held[at]!, output: at });
    const { entries } = await admin.ledger.entries({ limit: 1000 });
    const ended = await now();
    for (const { at } of entries.map(({ text }) => JSON.parse(text) as { at: number }))
      assert.ok(began - TOLERANCE <= at && at <= ended + TOLERANCE, 'the record goes by the database');
    for (const node of nodes) assert.equal((await node.stop())?.code, 0);
  },
);

async function eventsUntil(client: Client, run: string, last: string): Promise<EventView[]> {
  const events: EventView[] = [];
  for await (const event of client.events({ run })) {
    events.push(event);
    if (event.type === last) return events;
  }
  throw new Error(`run ${run} ended without ${last}`);
}
