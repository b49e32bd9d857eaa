import type { Change, TaskRow } from './port.ts';

/**
 * How long tasks are held.
 *
 * HELD-1  While a task stays in progress under one token, its lease becomes no shorter: whoever writes its row knows of no more than
 *         was prolonged where it was last read.
 */
export const isSameHold = (known: TaskRow, row: TaskRow): boolean =>
  known.status === 'in_progress' && row.status === 'in_progress' && known.token === row.token;

/** A row as it stands once it is written over the one that is known. HELD-1 */
export const written = (known: TaskRow | undefined, row: TaskRow): TaskRow =>
  known && isSameHold(known, row) ? heldUntil(row, known.leaseUntil) : row;

/** A row whose lease is extended; another claim’s, and what nobody holds, stays as it is. */
export const extended = (row: TaskRow, { token, until }: NonNullable<Change['leases']>[number]): TaskRow =>
  row.status === 'in_progress' && row.token === token ? heldUntil(row, until) : row;

const heldUntil = (row: TaskRow, until: number | null): TaskRow => ({
  ...row,
  leaseUntil:
    row.leaseUntil === null || until === null ? (row.leaseUntil ?? until) : Math.max(row.leaseUntil, until),
});
