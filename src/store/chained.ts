import type { Change, CommitResult } from './port.ts';

/**
 * Applies changes one after the other. STORE-7: what was decided on top of one that is refused rests on a state that never came to be,
 * and is refused with it, also where others have brought the stream just as far.
 */
export function applyChained(
  changes: readonly Change[],
  apply: (change: Change) => CommitResult,
): CommitResult[] {
  const never = new Set<string>();
  return changes.map((change) => {
    const { stream, expected, entries } = change;
    const isSpoiled = expected !== null && never.has(`${stream} ${expected}`);
    const result: CommitResult = isSpoiled ? { ok: false, code: 'sequence_conflict' } : apply(change);
    if (!result.ok && expected !== null && entries.length > 0)
      never.add(`${stream} ${expected + entries.length}`);
    return result;
  });
}
