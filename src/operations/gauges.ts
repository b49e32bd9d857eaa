import type { ChannelStatus, Counts } from '../channels/index.ts';
import type { Context } from './context.ts';

/** How the server is doing, in numbers. */
export interface Gauges {
  /** By status. */
  readonly runs: Readonly<Record<string, number>>;
  /** Open tasks that wait for people, counted up to 5000. */
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

const MOST_COUNTED = 5000;
const PAGE = 1000;

export async function gaugesOf({ runtime, clock, channels }: Context): Promise<Gauges> {
  const { store, scheduler, log, organisation, leases } = runtime;
  const due = await store.nextTimer();
  return {
    runs: await store.runCounts(),
    people: await countPeople(runtime),
    backlog: scheduler.backlog,
    held: organisation.passports().reduce((sum, { id }) => sum + leases.count(id), 0),
    entries: await store.entryCount(),
    inTree: log.size,
    timerLate: due === null ? 0 : Math.max(0, clock.now() - due),
    channels: channels ? { counts: channels.counts, status: await channels.status() } : null,
  };
}

async function countPeople({ store }: Context['runtime']): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await store.tasks({ open: true, by: ['human'] }, { limit: PAGE, ...(cursor && { cursor }) });
    count += page.rows.length;
    cursor = page.next ?? undefined;
  } while (cursor && count < MOST_COUNTED);
  return count;
}
