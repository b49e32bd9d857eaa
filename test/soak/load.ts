import type { JsonObject } from '../../src/definition/index.ts';
import type { Client } from '../../src/client/index.ts';
import type { Cluster } from '../nodes-kit/index.ts';

const WORK = { task: { requires: ['work'], by: 'agent' } };
/** A little of everything: side by side, a wait, somebody who signs it off, a record. */
export const JOB: JsonObject = {
  id: 'job',
  phases: [
    { id: 'read', steps: [{ id: 'each', forEach: '${ input.items }', ...WORK, timeout: '10m' }] },
    { id: 'rest', needs: ['read'], steps: [{ id: 'wait', wait: { for: '100ms' } }] },
    {
      id: 'sign',
      needs: ['rest'],
      steps: [
        { id: 'off', approval: { subject: { of: '${ input.items }' }, from: 'role:manager', within: '1h' } },
      ],
    },
    { id: 'book', needs: ['sign'], steps: [{ id: 'entry', ...WORK }] },
  ],
};

const AGENTS = 4;
/** Of each agent: how many requests for work it has open. */
const HANDS = 4;
const SECONDS = 1000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Agents, a manager and those who start runs, on nodes that nothing happens to. */
export class Load {
  readonly #cluster: Cluster;
  readonly #admin: Client;
  #isOver = false;
  #hands: Promise<void>[] = [];
  /** When runs that have not ended were started. */
  readonly #open = new Map<string, number>();
  finished = 0;
  /** Starts that were left out since too much was open already. */
  leftOut = 0;
  /** Milliseconds from the start of a run to its end, and of single requests, since they were taken last. */
  #runs: number[] = [];
  #requests: number[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#admin = cluster.client();
  }

  async settle(): Promise<void> {
    await this.#admin.workflow.saveDefinition({ document: JOB });
    const manager = await this.#join('human', 'manager', { roles: ['manager'], capacity: 1000 });
    const agents: Client[] = [];
    for (let at = 0; at < AGENTS; at += 1)
      agents.push(await this.#join('agent', `agent${at}`, { capabilities: ['work'], capacity: 50 }));
    this.#hands = [
      this.#sign(manager),
      this.#see(),
      ...agents.flatMap((one) => Array.from({ length: HANDS }, () => this.#work(one))),
    ];
  }

  async #join(
    kind: 'human' | 'agent',
    name: string,
    more: { roles?: string[]; capabilities?: string[]; capacity: number },
  ): Promise<Client> {
    const owner = kind === 'human' ? null : 'passport_human_admin';
    const { id } = await this.#admin.participant.register({ kind, name, owner, ...more });
    const { secret } = await this.#admin.token.issue({ passport: id });
    return this.#cluster.client(secret ?? '');
  }

  async #work(client: Client): Promise<void> {
    while (!this.#isOver) {
      const { task } = await client.task.claimNext({ waitSeconds: 2, leaseSeconds: 60 });
      if (!task) continue;
      const began = performance.now();
      await client.task.complete({ id: task.id, token: task.token, output: { at: task.slot } });
      this.#requests.push(performance.now() - began);
    }
  }

  async #sign(client: Client): Promise<void> {
    while (!this.#isOver) {
      const { rows } = await client.task.list({ mine: true, open: true, limit: 100 });
      for (const { id, approval } of rows)
        if (approval) await client.task.decide({ id, outcome: 'approve', subject: approval.subject });
      await pause(50);
    }
  }

  /** Follows what ends, as a dashboard does. */
  async #see(): Promise<void> {
    for (let after = 0; !this.#isOver;) {
      const { events } = await this.#admin.event.list({ after, limit: 1000 });
      for (const { type, run, cursor } of events) {
        after = cursor;
        if (type === 'run.completed') this.#ended(run);
      }
      if (events.length < 100) await pause(20);
    }
  }

  #ended(run: string): void {
    const began = this.#open.get(run);
    if (began === undefined) return;
    this.#open.delete(run);
    this.#runs.push(performance.now() - began);
    this.finished += 1;
  }

  async #start(): Promise<void> {
    const began = performance.now();
    const { id } = await this.#admin.workflow.start({ definition: 'job', input: { items: [1, 2, 3, 4] } });
    this.#requests.push(performance.now() - began);
    this.#open.set(id, began);
  }

  /** As many as it can, with so many open. Runs that end in a second. */
  async peak(seconds: number, open: number): Promise<number> {
    const before = this.finished;
    const until = performance.now() + seconds * SECONDS;
    while (performance.now() < until) {
      if (this.#open.size < open) await this.#start();
      else await pause(5);
    }
    return (this.finished - before) / seconds;
  }

  /** So many runs a second until the moment, whatever becomes of them; none while too many are open. */
  async steady(rate: number, until: number, most: number): Promise<void> {
    const starts = new Set<Promise<void>>();
    for (let next = performance.now(); next < until; next += SECONDS / rate) {
      await pause(Math.max(0, next - performance.now()));
      if (this.#open.size + starts.size >= most) {
        this.leftOut += 1;
        continue;
      }
      const started = this.#start().finally(() => starts.delete(started));
      starts.add(started);
    }
    await Promise.all(starts);
  }

  /** What was measured since this was asked last. */
  take(): { readonly runs: readonly number[]; readonly requests: readonly number[] } {
    const taken = { runs: this.#runs, requests: this.#requests };
    this.#runs = [];
    this.#requests = [];
    return taken;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Resolves when every run has ended. */
  async drain(): Promise<void> {
    while (this.#open.size > 0) await pause(20);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#hands);
  }
}
