import type { ChannelStatus, Counts } from '../channels/index.ts';
import type { Context } from './context.ts';

/** How the server is doing, in numbers. */
export interface Gauges {
  /** By status. */
  readonly runs: Readonly<Record<string, number>>;
  /** Open tasks of people. */
  readonly people: number;
  /** Tasks of agents and systems: those that wait, and those that are held. */
  readonly backlog: number;
  readonly held: number;
  /** Entries that are committed, and those of them that are in the Merkle tree. */
  readonly entries: number;
  readonly inTree: number;
  /** Milliseconds by which the earliest timer is overdue; 0 where none is. */
  readonly timerLate: number;
  /** Of webhooks and of mail: attempts since the start, and deliveries that wait now. Null where nothing is sent. */
  readonly channels: { readonly counts: Counts; readonly status: readonly ChannelStatus[] } | null;
}

export async function gaugesOf({ runtime, clock, channels }: Context): Promise<Gauges> {
  const { store, scheduler, log, organisation, leases } = runtime;
  const due = await store.nextTimer();
  return {
    runs: await store.runCounts(),
    people: await store.peopleTaskCount(),
    backlog: scheduler.backlog,
    held: organisation.passports().reduce((sum, { id }) => sum + leases.count(id), 0),
    entries: await store.entryCount(),
    inTree: log.size,
    timerLate: due === null ? 0 : Math.max(0, clock.now() - due),
    channels: channels ? { counts: channels.counts, status: await channels.status() } : null,
  };
}
