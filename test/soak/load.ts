import { setTimeout as elapse } from 'node:timers/promises';
import type { JsonObject } from '../../src/definition/index.ts';
import type { Client } from '../../src/client/index.ts';
import type { Cluster } from '../nodes-kit/index.ts';
import { enrol } from '../serving/enrol.ts';

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

/** Wakes those who wait for the next time that something happens. */
class Bell {
  #next = Promise.withResolvers<void>();

  get heard(): Promise<void> {
    return this.#next.promise;
  }

  ring(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers();
    resolve();
  }
}

/** Agents, a manager and those who start runs, on nodes that nothing happens to. */
export class Load {
  readonly #cluster: Cluster;
  readonly #admin: Client;
  readonly #over = new AbortController();
  readonly #asked = new Bell();
  readonly #ends = new Bell();
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
    return this.#cluster.client((await enrol(this.#admin, { kind, name, ...more })).secret);
  }

  async #work(client: Client): Promise<void> {
    while (!this.#over.signal.aborted) {
      const { task } = await client.task.claimNext({ waitSeconds: 2, leaseSeconds: 60 });
      if (!task) continue;
      const began = performance.now();
      await client.task.complete({ id: task.id, token: task.token, output: { at: task.slot } });
      this.#requests.push(performance.now() - began);
    }
  }

  async #sign(client: Client): Promise<void> {
    while (!this.#over.signal.aborted) {
      const asked = this.#asked.heard;
      const { rows } = await client.task.list({ mine: true, open: true, limit: 100 });
      for (const { id, approval } of rows)
        if (approval) await client.task.decide({ id, outcome: 'approve', subject: approval.subject });
      if (rows.length === 0) await asked;
    }
  }

  /** Follows what is asked and what ends, as a dashboard does. */
  async #see(): Promise<void> {
    for await (const { type, run, payload } of this.#admin.events({ signal: this.#over.signal })) {
      if (type === 'task.created' && payload['kind'] === 'approval') this.#asked.ring();
      if (type === 'run.completed') this.#ended(run);
    }
  }

  #ended(run: string): void {
    const began = this.#open.get(run);
    if (began === undefined) return;
    this.#open.delete(run);
    this.#runs.push(performance.now() - began);
    this.finished += 1;
    this.#ends.ring();
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
      const ends = this.#ends.heard;
      if (this.#open.size < open) await this.#start();
      else await ends;
    }
    return (this.finished - before) / seconds;
  }

  /** So many runs a second until the moment, whatever becomes of them; none while too many are open. */
  async steady(rate: number, until: number, most: number): Promise<void> {
    const starts = new Set<Promise<void>>();
    for (let next = performance.now(); next < until; next += SECONDS / rate) {
      await elapse(Math.max(0, next - performance.now()));
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
    while (this.#open.size > 0) await this.#ends.heard;
  }

  async end(): Promise<void> {
    this.#over.abort();
    this.#asked.ring();
    await Promise.all(this.#hands);
  }
}
