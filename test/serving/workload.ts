import assert from 'node:assert/strict';
import { createClient, ProblemError, type Client } from '../../src/client/index.ts';
import { enrol } from './enrol.ts';

const AGENTS = 3;
const STEP = { task: { requires: ['work'], by: 'agent' } };
const DOCUMENT = {
  id: 'two',
  phases: [
    { id: 'p', steps: [{ id: 'a', ...STEP }] },
    { id: 'q', needs: ['p'], steps: [{ id: 'b', ...STEP, forEach: '${ [1, 2] }' }] },
  ],
};
/** Of each run. */
const TASKS = 3;
/** As often as somebody asks who does not give up. */
const RETRIES = 10_000;
const LEASE_SECONDS = 10;
/** So many may be open: more that wait prove nothing more, and would leave no room for those that start meanwhile. */
const OPEN_TASKS = 6;

/** Asks one server after the other: the next, where one does not answer or is not there for it. */
function turning(urls: () => readonly string[], first: number): typeof fetch {
  let turn = first;
  return async (where, init) => {
    const all = urls();
    const { pathname, search } = new URL(where instanceof Request ? where.url : where);
    try {
      const response = await fetch(`${all[turn % all.length]}${pathname}${search}`, init);
      if (response.status === 503) turn += 1;
      return response;
    } catch (fault) {
      turn += 1;
      throw fault;
    }
  };
}

interface Done {
  readonly task: string;
  readonly output: string;
}

/**
 * Runs that are started and worked on at whichever server answers. Who has been told that something happened remembers it, and
 * `settle` holds the record against that.
 */
export class Workload {
  readonly #urls: () => readonly string[];
  readonly admin: Client;
  readonly #agents: Client[] = [];
  /** What was acknowledged: runs, and results of tasks. */
  readonly runs: string[] = [];
  readonly done: Done[] = [];
  #works: Promise<unknown>[] = [];
  #starts: Promise<void> | null = null;
  readonly #ended = new AbortController();
  #isStarting = true;
  readonly #listeners = new Set<() => void>();
  #keys = 0;

  /** `urls`: of the servers that there are now. */
  constructor(urls: () => readonly string[], adminToken: string | undefined) {
    assert.ok(adminToken, 'the database was not new');
    this.#urls = urls;
    this.admin = this.#client(adminToken, 0);
  }

  #client(token: string, first: number): Client {
    return createClient({
      url: 'http://127.0.0.1',
      token,
      fetch: turning(this.#urls, first),
      retries: RETRIES,
      retryDelay: 20,
    });
  }

  async start(): Promise<void> {
    await this.admin.workflow.saveDefinition({ document: DOCUMENT });
    for (let at = 0; at < AGENTS; at += 1) {
      const name = `A${at}`;
      const { secret } = await enrol(this.admin, {
        kind: 'agent',
        name,
        capabilities: ['work'],
        capacity: 4,
      });
      this.#agents.push(this.#client(secret, at));
    }
    this.#starts = this.#startRuns();
    this.#works = this.#agents.map((client, at) => this.#work(client, `A${at}`));
  }

  async #startRuns(): Promise<void> {
    while (this.#isStarting) {
      this.#keys += 1;
      const { id } = await this.admin.workflow.start(
        { definition: 'two' },
        { idempotencyKey: `run-${this.#keys}` },
      );
      this.runs.push(id);
      this.#tell();
      while (this.runs.length * TASKS > this.done.length + OPEN_TASKS) await this.until(1);
    }
  }

  async #work(client: Client, name: string): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        const given = { waitSeconds: 2, leaseSeconds: LEASE_SECONDS };
        const { task } = await client.task.claimNext(given, { signal });
        if (!task) continue;
        const output = `${name} ${task.id} ${task.token}`;
        await client.task.complete({ id: task.id, token: task.token, output });
        this.done.push({ task: task.id, output });
        this.#tell();
      } catch (fault) {
        // A lease that ended while nobody answered: the task is given out again.
        if (!signal.aborted && !(fault instanceof ProblemError && fault.status === 409)) throw fault;
      }
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Resolves when so many more tasks have been completed. */
  async until(more: number): Promise<void> {
    const wanted = this.done.length + more;
    const happened = new Promise<void>((resolve) => {
      const listener = (): void => {
        if (this.done.length < wanted) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
    await Promise.race([happened, ...this.#works]);
    if (this.done.length < wanted) throw new Error('the workload has ended');
  }

  /** Starts nothing more; resolves when all has come to its end, and what was acknowledged has been held against the record. */
  async settle(): Promise<void> {
    this.#isStarting = false;
    await this.#starts;
    for (;;) {
      const { rows } = await this.admin.workflow.listRuns({ status: ['running'], limit: 1 });
      if (!rows[0]) break;
      await Promise.race([this.#end(rows[0].id), ...this.#works]);
    }
    this.#ended.abort();
    await Promise.all(this.#works);
    this.#check(await this.#entries());
  }

  async #end(run: string): Promise<void> {
    for await (const { type } of this.admin.events({ run, untilEnd: true }))
      if (type === 'run.completed') return;
  }

  async #entries(): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    for (;;) {
      const { entries } = await this.admin.ledger.entries({ after: found.length, limit: 1000 });
      if (entries.length === 0) return found;
      found.push(...entries.map(({ text }) => JSON.parse(text) as Entry));
    }
  }

  #check(entries: readonly Entry[]): void {
    const of = (type: string): Entry[] => entries.filter((entry) => entry.type === type);
    const sorted = (names: readonly string[]): string[] => names.toSorted();
    const runsOf = (type: string): string[] => sorted(of(type).map(({ run }) => run));
    assert.deepEqual(runsOf('run.created'), sorted(this.runs), 'each was started once');
    assert.deepEqual(runsOf('run.completed'), sorted(this.runs), 'each has come to its end, once');
    const results = of('task.completed').map(({ payload }) => [payload.task, payload.output] as const);
    assert.equal(results.length, TASKS * this.runs.length, 'every task was completed once');
    const known = new Map(results);
    for (const { task, output } of this.done)
      assert.equal(known.get(task), output, `what was acknowledged of task ${task} is there`);
  }
}

interface Entry {
  readonly run: string;
  readonly type: string;
  readonly payload: { readonly task: string; readonly output: string };
}
