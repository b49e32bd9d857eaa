/** Runs undo what they did while their server, a process of its own, is killed around everything that they come to. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient, type Client } from '../../src/client/index.ts';
import type { EventView } from '../../src/operations/schema/index.ts';
import type { Site } from '../e2e/cli-kit.ts';
import { enrol } from '../serving/enrol.ts';
import { Mortal } from '../serving/mortal.ts';
import { Random } from '../simulation/random.ts';
import { Deciders } from './deciders.ts';
import { toBeUndone, undoneBy } from './undone.ts';
import { ENDINGS, POINTS, voyage, WHOLE, work, type Act, type Ending, type Point } from './voyage.ts';

const KILLS = Number(process.env['HUMANOS_KILLS'] ?? 6);
const SEED = Number(process.env['HUMANOS_SEED'] ?? Math.floor(Math.random() * 1e9));
const KILLS_A_RUN = 2;

/** What an ending comes to: the status, and the code of its reason. */
const OUTCOMES: { readonly [End in Ending]: readonly [status: string, why: string | undefined] } = {
  failed: ['failed', 'broken'],
  rejected: ['rejected', 'rejected'],
  cancelled: ['cancelled', 'cancelled'],
  'cancelled early': ['cancelled', 'cancelled'],
  'rolled back': ['completed', undefined],
};

/** The points at which the server dies, and at which of the times that they are come to; each comes in its turn. */
class Fate {
  readonly #random: Random;
  readonly #next: Point[] = [];
  readonly #planned = new Map<Point, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  plan(deaths: number): void {
    this.#planned.clear();
    while (this.#planned.size < deaths) {
      if (this.#next.length === 0) this.#next.push(...this.#shuffled());
      this.#planned.set(this.#next.shift()!, this.#random.int(1, 2));
    }
  }

  #shuffled(): Point[] {
    return POINTS.map((point) => ({ point, at: this.#random.next() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ point }) => point);
  }

  readonly dies = (point: Point): boolean => {
    const left = this.#planned.get(point);
    if (left === undefined) return false;
    if (left === 1) this.#planned.delete(point);
    else this.#planned.set(point, left - 1);
    return left === 1;
  };
}

async function everyEvent(admin: Client, run: string): Promise<EventView[]> {
  const found: EventView[] = [];
  for await (const event of admin.events({ run, untilEnd: true })) found.push(event);
  return found;
}

/** What the record of a run says against what the world outside saw, and the guide. */
async function check(admin: Client, run: string, ending: Ending, acts: readonly Act[]): Promise<void> {
  const events = await everyEvent(admin, run);
  const undone = undoneBy(events);
  assert.deepEqual(undone, toBeUndone(events), ending);
  assert.ok(undone.length >= (ending === 'cancelled early' || ending === 'rolled back' ? 1 : 4), ending);
  const order = undone.flatMap(({ of, slots }) => slots.map(() => (of === WHOLE ? of : `${of}.compensate`)));
  assert.deepEqual(
    acts.map(({ step }) => step),
    order,
    `${ending}: the world outside saw the same`,
  );
  const outputs = new Set(events.map(({ type, payload }) => type === 'task.completed' && payload['output']));
  for (const { step, input } of acts)
    assert.ok(outputs.has(input as string), `${step} undoes ${JSON.stringify(input)}`);
  const { status, failure } = await admin.workflow.getRun({ id: run });
  assert.deepEqual([status, failure?.code], OUTCOMES[ending]);
}

/** The server with everybody who works on it, until `left`. */
async function open(server: Mortal<Point>, acts: Map<string, Act>, left: AbortSignal) {
  const { site } = server;
  await site.serve();
  const clientOf = (token: string): Client =>
    createClient({ url: site.url, token, retries: 100, retryDelay: 20 });
  const admin = clientOf(site.adminToken);
  const capacity = 1000;
  const chief = await enrol(admin, { kind: 'human', name: 'chief', roles: ['chief'], capacity });
  const agent = await enrol(admin, { kind: 'agent', name: 'hand', capabilities: ['travel'], capacity });
  const inn = await enrol(admin, { kind: 'system', name: 'inn', capacity });
  for (const ending of ENDINGS) await admin.workflow.saveDefinition({ document: voyage(ending) });
  const works = [agent, agent, inn].map(({ secret }) => work(clientOf(secret), server, acts, left));
  return { admin, works, deciders: new Deciders(server, admin, clientOf(chief.secret), left) };
}

test(
  `what was done is undone once, the last first, however the server dies (HUMANOS_SEED=${SEED})`,
  { timeout: 120_000 + KILLS * 20_000 },
  async (t) => {
    const left = new AbortController();
    t.after(() => left.abort());
    const random = new Random(SEED);
    const fate = new Fate(random);
    const server = new Mortal<Point>(fate.dies, () => random.int(0, 1000));
    t.after(() => server.close());
    const acts = new Map<string, Act>();
    const { admin, deciders, works } = await open(server, acts, left.signal);
    const kills = (): number => [...server.deaths.values()].reduce((sum, times) => sum + times, 0);
    for (let turn = 0; turn < ENDINGS.length || kills() < KILLS; turn += 1) {
      const ending = ENDINGS[turn % ENDINGS.length]!;
      fate.plan(KILLS_A_RUN);
      const { id } = await admin.workflow.start({ definition: voyage(ending).id });
      await Promise.race([deciders.bring(id, ending, random.int(1, 6)), ...works]);
      const undoing = [...acts.values()].filter(
        ({ run, step }) => run === id && step.endsWith('.compensate'),
      );
      await check(admin, id, ending, undoing);
      const arrived = await deciders.arrive();
      assert.ok(arrived === undefined || arrived === 'task_closed', `${ending}: ${arrived}`);
    }
    left.abort();
    await Promise.all(works);
    t.diagnostic(`killed at ${JSON.stringify(Object.fromEntries(server.deaths))}`);
    await verify(server.site);
  },
);

async function verify(site: Site): Promise<void> {
  const checkpoint = join(site.folder, 'checkpoint');
  assert.equal((await site.run(['ledger', 'checkpoint', '--out', checkpoint])).code, 0);
  await site.stop();
  const report = await site.run(['ledger', 'verify', '--checkpoint', checkpoint, '--json']);
  assert.equal(report.code, 0, report.out);
}
