import type { Change, CommitResult } from '../port.ts';
import { documentKey } from './batch.ts';

/** What the preconditions of changes are held against. */
export interface Known {
  /** Where streams end. */
  readonly heads: Map<string, number>;
  readonly keys: Set<string>;
  /** Revisions of documents; one that is not in it is not there. */
  readonly revisions: Map<string, number>;
}

/**
 * Which changes apply, each on what those before it leave. `known` is brought forward with every one that does.
 */
export const decide = (changes: readonly Change[], known: Known): CommitResult[] =>
  changes.map((change) => {
    const refusal = refusalOf(change, known);
    if (refusal) return { ok: false, code: refusal };
    const { stream, entries, idempotency, documents } = change;
    if (entries.length > 0) known.heads.set(stream, (known.heads.get(stream) ?? 0) + entries.length);
    if (idempotency) known.keys.add(idempotency.key);
    for (const write of documents ?? []) known.revisions.set(documentKey(write), write.expected + 1);
    return { ok: true, position: null };
  });

function refusalOf(
  { stream, expected, idempotency, documents }: Change,
  { heads, keys, revisions }: Known,
): (CommitResult & { ok: false })['code'] | null {
  if (idempotency && keys.has(idempotency.key)) return 'idempotency_conflict';
  if (expected !== null && expected !== (heads.get(stream) ?? 0)) return 'sequence_conflict';
  const isStale = documents?.some((write) => (revisions.get(documentKey(write)) ?? 0) !== write.expected);
  return isStale ? 'document_conflict' : null;
}

/**
 * What has to be known already for all of the changes to apply; null when they contradict each other, or write documents, which
 * are locked first.
 */
export function hoped(changes: readonly Change[]): Known | null {
  const known: Known = { heads: new Map(), keys: new Set(), revisions: new Map() };
  for (const { stream, expected, documents } of changes) {
    if (documents && documents.length > 0) return null;
    if (expected !== null && !known.heads.has(stream)) known.heads.set(stream, expected);
  }
  return decide(changes, known).every(({ ok }) => ok) ? known : null;
}
