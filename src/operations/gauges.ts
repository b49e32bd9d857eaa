import type { Channels, Counts } from '../channels/index.ts';
import type { Context } from './context.ts';

/** How the server is doing, in numbers. */
export interface Gauges {
  /** Tasks of agents and systems: those that wait, and those that are held. */
  readonly backlog: number;
  readonly held: number;
  /** Entries in the Merkle tree. */
  readonly inTree: number;
  /** Attempts to deliver webhooks and mail since the start. Null where nothing is sent. */
  readonly attempts: Counts | null;
  /** Null while the database does not answer. */
  readonly stored: StoredGauges | null;
}

/** What the database says of all servers. */
export interface StoredGauges {
  /** By status. */
  readonly runs: Readonly<Record<string, number>>;
  /** Open tasks of people. */
  readonly people: number;
  /** Committed entries. */
  readonly entries: number;
  /** Milliseconds by which the earliest timer is overdue; 0 where none is. */
  readonly timerLate: number;
  /** Deliveries that wait for an attempt, by channel; none where nothing is sent. */
  readonly waiting: Readonly<Partial<Record<keyof Counts, number>>>;
}

/** Whoever collects them gives up after ten seconds, as a rule. */
const PATIENCE_MS = 5000;

export async function gaugesOf(context: Context): Promise<Gauges> {
  const { scheduler, log, organisation, leases } = context.runtime;
  return {
    stored: await inTime(context, storedGauges(context)),
    backlog: scheduler.backlog,
    held: organisation.passports().reduce((sum, { id }) => sum + leases.count(id), 0),
    inTree: log.size,
    attempts: context.channels?.counts ?? null,
  };
}

async function storedGauges({ runtime: { store }, clock, channels }: Context): Promise<StoredGauges> {
  const due = await store.nextTimer();
  return {
    runs: await store.runCounts(),
    people: await store.peopleTaskCount(),
    entries: await store.entryCount(),
    timerLate: due === null ? 0 : Math.max(0, clock.now() - due),
    waiting: channels ? await waitingOf(channels) : {},
  };
}

async function waitingOf(channels: Channels): Promise<StoredGauges['waiting']> {
  const waiting = { webhook: 0, mail: 0 };
  for (const { kind, waiting: more } of await channels.status()) waiting[kind] += more;
  return waiting;
}

const inTime = <Value>({ clock }: Context, answer: Promise<Value>): Promise<Value | null> =>
  new Promise((resolve) => {
    const giveUp = clock.after(PATIENCE_MS, () => resolve(null));
    void answer.then(resolve, () => resolve(null)).finally(giveUp);
  });
