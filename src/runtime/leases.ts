import type { Lease as StoredLease, Store, TaskRow } from '../store/index.ts';
import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import type { Committer } from './committer.ts';
import { EMPTY_HEAD } from './entries.ts';
import { claimedTasks } from './open-tasks.ts';

export interface Lease extends StoredLease {
  readonly run: string;
  readonly assignee: string;
  /** What it was claimed for. */
  readonly claim?: string | undefined;
}

/** Of those that were over as far as was known, so many are read at once: what another node has prolonged is known again then. */
const MOST_LOOKED_AT = 100;
/** Expiries are looked for at most this often. */
const SWEEP_MS = 1000;

/**
 * Leases of held tasks.
 *
 * LEASE-1  A lease is prolonged in the store before the holder is told so.
 * LEASE-2  An expired lease is only a command to the engine, which the fencing token decides: a heartbeat that came first wins,
 *          also while the store has not written it yet.
 * LEASE-3  Where another node may have prolonged a lease, its row is read before it is ended, and the end rests on what was read (NEXT-3).
 * LEASE-4  Whenever somebody holds a task less than is known here, that is told, however it came to be known.
 */
export class Leases implements Background {
  #clock: Clock;
  #committer: Committer;
  #expire: (lease: Lease) => Promise<{ readonly ok: boolean }>;
  #onLess: (participant: string) => void;
  #onFault: (fault: unknown) => void;
  #shared: Store | null;
  #held = new Map<string, Lease>();
  #byParticipant = new Map<string, number>();
  #started = false;
  #alarm: (() => void) | null = null;
  /** The moment the alarm is set for. */
  #armedFor = Infinity;
  #sweeping: Promise<void> | null = null;
  /** The last prolongation of a task that is under way, which settles after those before it. */
  #prolonging = new Map<string, Promise<unknown>>();

  constructor(parts: {
    clock: Clock;
    committer: Committer;
    expire(lease: Lease): Promise<{ readonly ok: boolean }>;
    /** Where leases stand that other nodes write as well; absent where this is the only one. */
    shared?: Store | undefined;
    /** LEASE-4 */
    onLess(participant: string): void;
    onFault(fault: unknown): void;
  }) {
    this.#clock = parts.clock;
    this.#committer = parts.committer;
    this.#expire = parts.expire;
    this.#shared = parts.shared ?? null;
    this.#onLess = (participant) => parts.onLess(participant);
    this.#onFault = parts.onFault;
  }

  get(task: string): Lease | undefined {
    return this.#held.get(task);
  }

  /** How many leases a participant holds. */
  count(participant: string): number {
    return this.#byParticipant.get(participant) ?? 0;
  }

  /** The tasks that it holds. */
  *of(participant: string): Generator<string, void, void> {
    for (const { task, assignee } of this.#held.values()) if (assignee === participant) yield task;
  }

  /** Whether other nodes write them as well. */
  get isShared(): boolean {
    return this.#shared !== null;
  }

  /**
   * What a participant holds by a claim, which is given that again when it is repeated: one task, but for a claim that several nodes have
   * carried out at the same moment. All of them have the same order of those, whatever each has given.
   */
  async byClaim(participant: string, claim: string): Promise<readonly string[]> {
    if (this.#shared) return claimedTasks(this.#shared, participant, claim);
    const held = [...this.#held.values()];
    return held.flatMap((one) => (one.claim === claim && one.assignee === participant ? one.task : []));
  }

  /** As it is now, whoever wrote it; it is known here then, unless something newer is. */
  async current(task: string): Promise<Lease | null> {
    const known = this.#held.get(task);
    if (!this.#shared) return known ?? null;
    const stored = leaseOf(await this.#shared.task(task));
    if (this.#held.get(task) !== known) return stored;
    if (!stored) this.drop(task);
    else if (known?.token !== stored.token || known.until < stored.until) this.keep(stored);
    return stored;
  }

  /** HELD-1: under one token it becomes no shorter. */
  keep(lease: Lease): void {
    const known = this.#held.get(lease.task);
    const until = Math.max(lease.until, known?.token === lease.token ? known.until : 0);
    this.#held.set(lease.task, { ...lease, until });
    this.#count(lease.assignee, 1);
    if (known) this.#count(known.assignee, -1);
    this.#arm(lease.until);
    if (known && known.assignee !== lease.assignee) this.#onLess(known.assignee);
  }

  drop(task: string): void {
    const lease = this.#held.get(task);
    if (!lease) return;
    this.#held.delete(task);
    this.#count(lease.assignee, -1);
    this.#onLess(lease.assignee);
  }

  #count(participant: string, by: 1 | -1): void {
    const now = this.count(participant) + by;
    if (now > 0) this.#byParticipant.set(participant, now);
    else this.#byParticipant.delete(participant);
  }

  /** `but`: tasks of it whose leases are known. */
  dropRun(run: string, but: ReadonlySet<string>): void {
    for (const lease of [...this.#held.values()])
      if (lease.run === run && !but.has(lease.task)) this.drop(lease.task);
  }

  /** Resolves when the longer lease is durable. */
  prolong(lease: Lease, until: number): Promise<void> {
    const prolonged = this.#prolong(lease, until);
    const { task } = lease;
    const settled = Promise.allSettled([this.#prolonging.get(task), prolonged]).then(() => {
      if (this.#prolonging.get(task) === settled) this.#prolonging.delete(task);
    });
    this.#prolonging.set(task, settled);
    return prolonged;
  }

  #prolong({ task, token }: Lease, until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#committer.submit({
        stream: 'leases',
        ready: () => EMPTY_HEAD,
        prepare: (change) => void change.leases.push({ task, token, until }),
        settle: (fault) => {
          if (fault !== undefined) return reject(fault);
          const now = this.#held.get(task);
          if (now?.token === token) this.#held.set(task, { ...now, until: Math.max(now.until, until) });
          resolve();
        },
        forget: () => {},
      });
    });
  }

  /** For how long the lease that is first of those that have run out has not been ended, ms; 0 where all go on. LEASE-3 */
  async late(): Promise<number> {
    const now = this.#clock.now();
    const over = [...this.#held.values()].filter(({ until }) => until <= now);
    over.sort((a, b) => a.until - b.until);
    for (const { task } of over.slice(0, MOST_LOOKED_AT)) {
      const lease = await this.current(task);
      if (lease && lease.until <= now) return now - lease.until;
    }
    return 0;
  }

  start(): Promise<void> {
    this.#started = true;
    this.#arm(this.#earliest());
    return Promise.resolve();
  }

  #earliest(): number {
    let earliest = Infinity;
    for (const { until } of this.#held.values()) earliest = Math.min(earliest, until);
    return earliest;
  }

  /** One alarm, for the earliest. Leases are prolonged without it, so it may ring too early, and then looks again. */
  #arm(due: number): void {
    if (!this.#started || due >= this.#armedFor) return;
    this.#alarm?.();
    this.#armedFor = due;
    const ms = Math.max(SWEEP_MS, due - this.#clock.now());
    this.#alarm = this.#clock.after(ms, () => {
      this.#armedFor = Infinity;
      this.#sweeping = this.#sweep();
    });
  }

  async #sweep(): Promise<void> {
    const now = this.#clock.now();
    const expired = [...this.#held.values()].filter(({ until }) => until <= now);
    await Promise.all(expired.map((lease) => this.#end(lease)));
    this.#arm(this.#earliest());
  }

  /** A refusal says that it is not held any more, or for longer (LEASE-3); after a fault it is tried again. */
  async #end(lease: Lease): Promise<void> {
    try {
      if (!(await this.#isOver(lease))) return;
      const outcome = await this.#expire(lease);
      if (outcome.ok || this.#held.get(lease.task) !== lease) return;
      if (this.#shared) await this.current(lease.task);
      else this.drop(lease.task);
    } catch (fault) {
      this.#onFault(fault);
    }
  }

  /** LEASE-2, LEASE-3 */
  async #isOver(lease: Lease): Promise<boolean> {
    const { task } = lease;
    await this.#prolonging.get(task);
    if (this.#shared && this.#held.get(task) === lease) await this.current(task);
    return this.#held.get(task) === lease;
  }

  async stop(): Promise<void> {
    this.#started = false;
    this.#alarm?.();
    await this.#sweeping;
  }
}

const leaseOf = (row: TaskRow | null): Lease | null => {
  if (row?.status !== 'in_progress' || row.assignee === null || row.leaseUntil === null) return null;
  const { run, id: task, token, assignee, leaseUntil: until, claim } = row;
  return { run, task, token, assignee, until, claim };
};
