import type { Channels, Counts } from '../channels/index.ts';
import type { Store } from '../store/index.ts';
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
  /** Null while the database does not answer, or cannot be written to. */
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
  /** Milliseconds by which the earliest timer, or end of a lease, is overdue; 0 where none is. */
  readonly timerLate: number;
  /** By kind; none where nothing is sent. */
  readonly channels: Readonly<Partial<Record<keyof Counts, ChannelGauges>>>;
}

export interface ChannelGauges {
  /** Deliveries that wait for an attempt: as many as are taken out of the log at a time. */
  readonly waiting: number;
  /** For how long the one that has failed longest has not delivered anything, ms; 0 where all do. */
  readonly failing: number;
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

async function storedGauges({ runtime: { store, leases }, clock, channels }: Context): Promise<StoredGauges> {
  await provesWritable(store);
  const due = await store.nextTimer();
  return {
    runs: await store.runCounts(),
    people: await store.peopleTaskCount(),
    entries: await store.entryCount(),
    timerLate: Math.max(due === null ? 0 : clock.now() - due, await leases.late()),
    channels: channels ? await channelsOf(channels, clock.now()) : {},
  };
}

/** A write that changes nothing: nothing was made before the epoch. */
const provesWritable = (store: Store): Promise<unknown> => store.forgetIdempotency(0, 1);

async function channelsOf(channels: Channels, now: number): Promise<StoredGauges['channels']> {
  const none = { waiting: 0, failing: 0 };
  const found: Record<keyof Counts, ChannelGauges> = { webhook: none, mail: none };
  for (const { kind, enabled, waiting, failingSince } of await channels.status()) {
    const failing = enabled && failingSince !== null ? now - failingSince : 0;
    const before = found[kind];
    found[kind] = { waiting: before.waiting + waiting, failing: Math.max(before.failing, failing) };
  }
  return found;
}

const inTime = <Value>({ clock }: Context, answer: Promise<Value>): Promise<Value | null> =>
  new Promise((resolve) => {
    const giveUp = clock.after(PATIENCE_MS, () => resolve(null));
    void answer.then(resolve, () => resolve(null)).finally(giveUp);
  });
