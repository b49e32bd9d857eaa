import type { Layer } from '../../definition/index.ts';
import type { LedgerEntry } from '../../ledger/index.ts';

/** Who is told of which events. Its secrets are kept apart, so that no list can show them. */
export interface Subscription {
  /** `webhook_…`. */
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Passport id of the human who answers for what is sent. */
  readonly owner: string;
  /** Types of events: `run.completed`, `task.*`, `*`. */
  readonly events: readonly string[];
  readonly filter: Filter;
  readonly enabled: boolean;
  /** Why it was switched off, where nobody asked for that. */
  readonly disabledReason: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** It stands no more; what is left is that it was there. */
  readonly deletedAt: number | null;
}

/** All that are given have to hold; an empty list is no condition. */
export interface Filter {
  readonly runs: readonly string[];
  /** Ids of definitions. */
  readonly definitions: readonly string[];
  readonly layers: readonly Layer[];
}

/** The first signs and is the newest; others sign beside it until they expire. */
export interface Secrets {
  readonly current: string;
  readonly former: readonly { readonly secret: string; readonly until: number }[];
}

/** Whether the subscription asks for events of this type. */
export const asksFor = ({ events }: Pick<Subscription, 'events'>, type: string): boolean =>
  events.some(
    (wanted) =>
      wanted === '*' || wanted === type || (wanted.endsWith('.*') && type.startsWith(wanted.slice(0, -1))),
  );

/** Whether the subscription is for the event, as far as the entry itself says. */
export const covers = (
  { events, filter }: Pick<Subscription, 'events' | 'filter'>,
  { type, run, layer }: Pick<LedgerEntry, 'type' | 'run' | 'layer'>,
): boolean =>
  asksFor({ events }, type) &&
  (filter.runs.length === 0 || filter.runs.includes(run)) &&
  (filter.layers.length === 0 || filter.layers.includes(layer));

/** Those that count now, the newest first. */
export const signingSecrets = ({ current, former }: Secrets, now: number): string[] => [
  current,
  ...former.filter(({ until }) => until > now).map(({ secret }) => secret),
];

/** How many secrets sign at once, at most. */
const MOST_FORMER = 4;

/** The former current one signs beside the new one until `until`. */
export const rotated = (
  { current, former }: Secrets,
  fresh: string,
  now: number,
  until: number,
): Secrets => ({
  current: fresh,
  former: [{ secret: current, until }, ...former].filter((one) => one.until > now).slice(0, MOST_FORMER),
});
