import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import type { Task } from '../../src/engine/index.ts';
import { LedgerRecord } from '../faults/check.ts';
import { checkStored } from '../simulation/promises.ts';
import { Random } from '../simulation/random.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import {
  agent,
  as,
  claim,
  complete,
  FAN_OUT,
  openNode,
  settle,
  startRun,
  TWO_STEPS,
  until,
  type Node,
} from './kit.ts';

const postgres = await sharedPostgres();
const CAPACITIES: Readonly<Record<string, number>> = { a: 1, b: 2, c: 3 };
const AGENTS = Object.keys(CAPACITIES);
/** `NODES_SEED=n` repeats one; `NODES_ROUNDS=n` makes it longer. */
const SEED = Number(process.env['NODES_SEED'] ?? Math.floor(Math.random() * 1e9));
const ROUNDS = Number(process.env['NODES_ROUNDS'] ?? 25);

/** What was told to whoever asked. */
interface Told {
  readonly claims: { readonly task: string; readonly token: number; readonly by: string }[];
  readonly completions: { readonly task: string; readonly token: number }[];
  readonly runs: string[];
}

/** Three nodes on one database, any of which may die at any time and be replaced. */
class Site {
  readonly nodes: Node[] = [];
  readonly #url: string;
  readonly #random: Random;
  deaths = 0;

  constructor(url: string, random: Random) {
    this.#url = url;
    this.#random = random;
  }

  async grow(): Promise<void> {
    while (this.nodes.length < 3)
      this.nodes.push(await openNode(this.#url, { skew: this.#random.int(-60, 60) * 1000 }));
  }

  any(): Node {
    return this.#random.pick(this.nodes);
  }

  async kill(): Promise<void> {
    const [node] = this.nodes.splice(this.#random.int(0, this.nodes.length - 1), 1);
    this.deaths += 1;
    await node?.kill();
    await this.grow();
  }
}

/** Null where nobody answered, since the node was killed meanwhile. */
const answered = async <Value>(asked: Promise<Value>): Promise<Value | null> => {
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<null>((resolve) => (late = setTimeout(() => resolve(null), 3000)));
  const answer = await Promise.race([asked, silence]);
  clearTimeout(late);
  return answer;
};

/** One agent: takes through any node, answers through any other, sometimes dies or answers late. */
async function work(
  site: Site,
  id: string,
  told: Told,
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const task = await answered(claim(site.any(), id, { waitMs: 200, leaseMs: 1500 }));
    if (!task) continue;
    told.claims.push({ task: task.id, token: task.token, by: id });
    if (random.chance(0.1)) continue;
    if (random.chance(0.2)) await answered(site.any().runtime.heartbeat(task.id, task.token, id, 1500));
    if (random.chance(0.15)) await release(site.any(), task);
    else if ((await answered(complete(site.any(), task).then((code) => ({ code }))))?.code === null)
      told.completions.push({ task: task.id, token: task.token });
  }
}

const release = ({ runtime }: Node, { run, id, token, assignee }: Task) =>
  answered(
    runtime.runs.execute(run, { type: 'task.release', task: id, token, reason: 'tired' }, as(assignee ?? '')),
  );

/** The ledger and what was told say the same. */
async function check({ store, runtime }: Node, told: Told): Promise<void> {
  const keys = told.claims.map(({ task, token }) => `${task} ${token}`);
  assert.equal(new Set(keys).size, keys.length, 'one winner for each task and token');
  const memory = {
    started: new Set(told.runs),
    acknowledged: new Set(told.completions.map(({ task }) => task)),
  };
  const { states, entries } = await checkStored(store, memory);
  const { holders } = new LedgerRecord(entries);
  for (const { task, token, by } of told.claims) assert.equal(holders.get(`${task} ${token}`), by);
  for (const run of told.runs) assert.equal(states.get(run)?.status, 'completed');
  assert.equal((await runtime.log.checkpoint()).size, entries.length);
}

test(
  'whatever is asked of nodes that die, each thing happens once, and nothing that was told is lost',
  { skip: skipWithout(postgres), timeout: 120_000 },
  async (t) => {
    t.diagnostic(`NODES_SEED=${SEED}`);
    const random = new Random(SEED);
    const server = serverOf(postgres);
    const url = await server.newSchema();
    const site = new Site(url, random);
    t.after(() => Promise.all(site.nodes.map((node) => node.stop())));
    await site.grow();
    await settle(
      site.nodes[0]!,
      AGENTS.map((id) => agent(id, CAPACITIES[id])),
      [TWO_STEPS, FAN_OUT],
    );
    for (const { runtime } of site.nodes) await runtime.organisation.follow();
    const told: Told = { claims: [], completions: [], runs: [] };
    let over = false;
    const workers = AGENTS.flatMap((id) => [1, 2].map(() => work(site, id, told, random, () => over)));
    const held = `SELECT assignee, count(*)::int AS tasks FROM tasks WHERE status = 3 GROUP BY assignee`;
    const watch = async (): Promise<void> => {
      for (const { assignee, tasks } of await server.query(held, url))
        assert.ok(
          (tasks as number) <= CAPACITIES[assignee as string]!,
          `${String(assignee)} holds ${String(tasks)}`,
        );
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const [definition, input] = random.pick([
        ['two', {}],
        ['fan', { items: [1, 2, 3, 4] }],
      ] as const);
      const run = await answered(startRun(site.any(), definition, input as unknown as JsonObject));
      if (run) told.runs.push(run);
      if (random.chance(0.08)) await site.kill();
      await watch();
    }
    const { store } = site.nodes[0]!;
    await until(async () => {
      await watch();
      return ((await store.runCounts())['running'] ?? 0) === 0;
    });
    over = true;
    await Promise.all(workers);
    t.diagnostic(`${told.runs.length} runs, ${told.claims.length} claims, ${site.deaths} deaths`);
    await check(site.nodes[0]!, told);
  },
);
