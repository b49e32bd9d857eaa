/**
 * How the effects of several policies become one.
 *
 * COMB-1  What is asked of one policy is never lost in another: approvals become one only where the same people are asked within the
 *         same time and with the same way up; then the larger quorum, all exclusions and every duty hold.
 * COMB-2  Of caps the tightest holds. Amounts of different currencies do not compare, so each currency keeps its own.
 * COMB-3  The result does not depend on the order.
 */
import type { Limits, Money } from '../definition/graph.ts';
import { compareText, sorted, type ApprovalTerms, type LimitTerms } from './policy.ts';
import type { ApprovalObligation, Notification, RouteObligation } from './ruling.ts';

interface Resting {
  readonly restsOn: readonly string[];
}

/** Merges what has the same key; ordered by the key. */
function mergeBy<Item extends Resting>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  merge: (a: Item, b: Item) => Item,
): readonly Item[] {
  const merged = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    const known = merged.get(key);
    merged.set(
      key,
      known === undefined
        ? item
        : { ...merge(known, item), restsOn: sorted([...known.restsOn, ...item.restsOn]) },
    );
  }
  return [...merged].sort(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}

const approvalKey = ({ from, within, escalate }: ApprovalTerms): string =>
  JSON.stringify([from, within, escalate]);

export const mergeApprovals = (approvals: readonly ApprovalObligation[]): readonly ApprovalObligation[] =>
  mergeBy(approvals, approvalKey, (a, b) => ({
    ...a,
    quorum: Math.max(a.quorum, b.quorum),
    distinctFrom: sorted([...a.distinctFrom, ...b.distinctFrom]),
    reasonRequired: a.reasonRequired || b.reasonRequired,
    everyTime: a.everyTime || b.everyTime,
  }));

export const mergeByParty = <Item extends RouteObligation | Notification>(
  items: readonly Item[],
): readonly Item[] =>
  mergeBy(
    items,
    ({ to }) => JSON.stringify(to),
    (a) => a,
  );

const NO_LIMITS: LimitTerms = {
  concurrency: null,
  tasks: null,
  tokens: null,
  cost: [],
  duration: null,
};

export const tightestOf = (limits: readonly LimitTerms[]): LimitTerms =>
  limits.reduce(
    (a, b) => ({
      concurrency: least(a.concurrency, b.concurrency),
      tasks: least(a.tasks, b.tasks),
      tokens: least(a.tokens, b.tokens),
      cost: cheapest([...a.cost, ...b.cost]),
      duration: least(a.duration, b.duration),
    }),
    NO_LIMITS,
  );

const least = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

function cheapest(costs: readonly Money[]): readonly Money[] {
  const by = new Map<string, Money>();
  for (const cost of costs) {
    const known = by.get(cost.currency);
    if (known === undefined || cost.amount < known.amount) by.set(cost.currency, cost);
  }
  return [...by.values()].sort((a, b) => compareText(a.currency, b.currency));
}

export type Tightened =
  | { readonly ok: true; readonly limits: Limits }
  | { readonly ok: false; readonly code: 'limit_currency'; readonly message: string };

/** The caps of a run under what policies allow: never above either. A cap in another currency cannot be held, so it refuses. */
export function tighten(own: Limits, allowed: LimitTerms): Tightened {
  const currencies = sorted([
    ...(own.cost ? [own.cost.currency] : []),
    ...allowed.cost.map((c) => c.currency),
  ]);
  if (currencies.length > 1) {
    const message = `The cost is capped in ${currencies.join(' and ')}, which do not compare. Cap it in one currency.`;
    return { ok: false, code: 'limit_currency', message };
  }
  const limits: Limits = {
    concurrency: Math.min(own.concurrency, allowed.concurrency ?? Infinity),
    tasks: Math.min(own.tasks, allowed.tasks ?? Infinity),
    tokens: least(own.tokens, allowed.tokens),
    cost: cheapest([...(own.cost ? [own.cost] : []), ...allowed.cost])[0] ?? null,
    duration: least(own.duration, allowed.duration),
  };
  return { ok: true, limits };
}
