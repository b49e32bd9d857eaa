import type { JsonObject } from '../../src/definition/index.ts';
import { agents, asManager, openBed, prepare, start, type Bed } from '../bed.ts';
import type { Contender, Open, Place } from './contender.ts';

const task: JsonObject = { requires: ['work'], by: 'agent', input: {} };

const sequence: JsonObject = {
  id: 'sequence',
  name: 'Steps one after the other',
  phases: Array.from({ length: 5 }, (_, at) => ({
    id: `p${at}`,
    ...(at > 0 && { needs: [`p${at - 1}`] }),
    steps: [{ id: 's', task }],
  })),
};

const over = (id: string, concurrency: number, work: JsonObject): JsonObject => ({
  id,
  name: 'One step over a list',
  limits: { concurrency, tasks: 1_000_000 },
  phases: [{ id: 'p', steps: [{ id: 's', forEach: '${ input.items }', ...work }] }],
});

const child: JsonObject = {
  id: 'child',
  name: 'One step',
  phases: [{ id: 'p', steps: [{ id: 's', task }] }],
};

const approval: JsonObject = {
  id: 'approval',
  name: 'A run that waits for a human',
  phases: [
    { id: 'p', steps: [{ id: 'approve', approval: { subject: '${ input }', from: 'role:manager' } }] },
    { id: 'q', needs: ['p'], steps: [{ id: 's', task }] },
  ],
};

/** As a server has it: where several could work on the database, this node reckons with others. */
async function openAt({ folder, address, durability }: Place): Promise<Bed> {
  if (address === '') {
    const { openSqlite } = await import('../../src/store/sqlite/index.ts');
    return openBed(folder, (file) => openSqlite(file, { durability }));
  }
  const { openPostgres } = await import('../../src/store/postgres/index.ts');
  return openBed(folder, () => openPostgres(address), true);
}

export const open: Open = async (place, step, concurrency) => {
  const bed = await openAt(place);
  await prepare(bed, sequence);
  await prepare(bed, approval);
  const ends = new Ends(bed);
  const workers = agents(bed, 2 * concurrency, step);
  const runOf = async (id: string, input: JsonObject = {}): Promise<void> =>
    ends.of(await start(bed, id, input));
  const overList = async (document: JsonObject, children: number): Promise<void> => {
    await prepare(bed, document);
    await runOf(document['id'] as string, { items: Array.from({ length: children }, (_, at) => at) });
  };
  return {
    sequence: () => runOf('sequence'),
    fanOut: (children, atOnce) => overList(over('fan-out', atOnce, { task }), children),
    loop: (steps) => overList(over('loop', 1, { task }), steps),
    async childRuns(children, atOnce) {
      await prepare(bed, child);
      await overList(over('child-runs', atOnce, { workflow: { definition: 'child', input: {} } }), children);
    },
    park: () => start(bed, 'approval', { amount: 1 }),
    async decide(run) {
      const found = await bed.runtime.runs.state(run);
      const open = Object.values(found?.state.tasks ?? {})[0];
      if (!open?.approval) throw new Error('the run has no approval');
      const { subject } = open.approval;
      const decided = await bed.runtime.runs.execute(
        run,
        { type: 'task.decide', task: open.id, outcome: 'approve', subject },
        asManager,
      );
      if (!decided.ok) throw new Error(decided.rejection.message);
      await ends.of(run);
    },
    async close() {
      await workers.stop();
      await bed.close();
    },
  } satisfies Contender;
};

const STATUS = /"type":"run\.(completed|failed)","version":1\}$/;

/** Which runs have ended, among those that somebody asks about. A run may have ended before it is asked about. */
class Ends {
  readonly #ended = new Map<string, string>();
  readonly #waiting = new Map<string, (how: string) => void>();

  constructor({ runtime }: Bed) {
    runtime.feed.subscribe((entries) => {
      for (const { stream, text } of entries) {
        const how = STATUS.exec(text)?.[1];
        if (how === undefined) continue;
        const told = this.#waiting.get(stream);
        this.#waiting.delete(stream);
        if (told) told(how);
        else this.#ended.set(stream, how);
      }
    });
  }

  async of(run: string): Promise<void> {
    const how =
      this.#ended.get(run) ?? (await new Promise<string>((resolve) => this.#waiting.set(run, resolve)));
    this.#ended.delete(run);
    if (how !== 'completed') throw new Error(`the run ${run} has ${how}`);
  }
}
