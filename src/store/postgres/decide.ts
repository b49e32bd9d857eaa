import { extended, isHeldLonger, written, type Hold } from '../holding.ts';
import type { Change, CommitResult, ConflictCode, Premises } from '../port.ts';
import { applyChained } from '../chained.ts';
import { documentKey } from './batch.ts';

/** What the preconditions of changes are held against. */
export interface Known {
  /** Where streams end. */
  readonly heads: Map<string, number>;
  readonly keys: Set<string>;
  /** Revisions of documents; one that is not in it is not there. */
  readonly revisions: Map<string, number>;
  /** Messages that are there, timers with their moments, how tasks are held, and what participants have in progress; null where all of it is hoped for. */
  readonly premises: KnownPremises | null;
}
interface KnownPremises {
  readonly messages: Set<number>;
  readonly timers: Map<string, number>;
  readonly leases: Map<string, Hold>;
  readonly held: Map<string, Set<string>>;
}

/**
 * Which changes apply, each on what those before it leave. `known` is brought forward with every one that does.
 */
export const decide = (changes: readonly Change[], known: Known): CommitResult[] =>
  applyChained(changes, (change) => {
    const refusal = refusalOf(change, known);
    if (refusal) return { ok: false, code: refusal };
    const { stream, entries, idempotency, documents } = change;
    if (entries.length > 0) known.heads.set(stream, (known.heads.get(stream) ?? 0) + entries.length);
    if (idempotency) known.keys.add(idempotency.key);
    for (const write of documents ?? [])
      known.revisions.set(documentKey(write), write.body ? write.expected + 1 : 0);
    if (known.premises) bringForward(change, known.premises);
    return { ok: true, position: null };
  });

function refusalOf(change: Change, { heads, keys, revisions, premises }: Known): ConflictCode | null {
  const { stream, expected, idempotency, documents } = change;
  if (idempotency && keys.has(idempotency.key)) return 'idempotency_conflict';
  if (expected !== null && expected !== (heads.get(stream) ?? 0)) return 'sequence_conflict';
  const isStale = documents?.some((write) => (revisions.get(documentKey(write)) ?? 0) !== write.expected);
  if (isStale) return 'document_conflict';
  if (!change.premises) return null;
  const broken = premises && brokenOf(change, change.premises, premises);
  const isOutdated = change.premises.documents?.some(
    (one) => (revisions.get(documentKey(one)) ?? 0) !== one.revision,
  );
  return broken ?? (isOutdated ? 'outdated' : null);
}

function brokenOf(
  change: Change,
  { messages = [], timers = [], leases = [], holds = [] }: Premises,
  known: KnownPremises,
): ConflictCode | null {
  const isThere = messages.every((id) => known.messages.has(id));
  if (!isThere || timers.some(({ id, due }) => known.timers.get(id) !== due)) return 'overtaken';
  if (leases.some((lease) => isHeldLonger(known.leases.get(lease.task), lease))) return 'overtaken';
  const exceeds = ({ participant, most }: (typeof holds)[number]): boolean =>
    heldAfter(change, participant, known.held.get(participant) ?? new Set()).size > most;
  return holds.some(exceeds) ? 'capacity_conflict' : null;
}

function heldAfter({ tasks = [] }: Change, participant: string, before: ReadonlySet<string>): Set<string> {
  const held = new Set(before);
  for (const { id, assignee, status } of tasks)
    if (assignee === participant && status === 'in_progress') held.add(id);
    else held.delete(id);
  return held;
}

function bringForward(change: Change, { messages, timers, leases, held }: KnownPremises): void {
  for (const id of change.delivered ?? []) messages.delete(id);
  for (const id of change.cancelled ?? []) timers.delete(id);
  for (const { id, due } of change.timers ?? []) timers.set(id, due);
  for (const row of change.tasks ?? []) leases.set(row.id, written(leases.get(row.id), row));
  for (const lease of change.leases ?? []) {
    const known = leases.get(lease.task);
    if (known) leases.set(lease.task, extended(known, lease));
  }
  for (const [participant, before] of held) held.set(participant, heldAfter(change, participant, before));
}

/**
 * What has to be known already for all of the changes to apply; null when they contradict each other, or write documents, which
 * are locked first.
 */
export function hoped(changes: readonly Change[]): Known | null {
  const known: Known = { heads: new Map(), keys: new Set(), revisions: new Map(), premises: null };
  if (!restOnOthers(changes)) return null;
  for (const { stream, expected, documents, premises } of changes) {
    if (documents && documents.length > 0) return null;
    for (const one of premises?.documents ?? [])
      if (!known.revisions.has(documentKey(one))) known.revisions.set(documentKey(one), one.revision);
    if (expected !== null && !known.heads.has(stream)) known.heads.set(stream, expected);
  }
  return decide(changes, known).every(({ ok }) => ok) ? known : null;
}

/** False where a change needs a message, a timer or a lease that one before it removes, moves or prolongs. */
function restOnOthers(changes: readonly Change[]): boolean {
  const touched = new Set<number | string>();
  for (const { premises, delivered = [], cancelled = [], timers = [], tasks = [], leases = [] } of changes) {
    if (premises?.messages?.some((id) => touched.has(id))) return false;
    if (premises?.timers?.some(({ id }) => touched.has(id))) return false;
    if (premises?.leases?.some(({ task }) => touched.has(task))) return false;
    for (const id of [...delivered, ...cancelled]) touched.add(id);
    for (const { id } of [...timers, ...tasks]) touched.add(id);
    for (const { task } of leases) touched.add(task);
  }
  return true;
}
