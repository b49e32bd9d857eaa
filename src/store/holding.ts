import type { Lease, TaskRow } from './port.ts';

export type Hold = Pick<TaskRow, 'status' | 'token' | 'leaseUntil'>;

/**
 * How long tasks are held.
 *
 * HELD-1  While a task stays in progress under one token, its lease becomes no shorter: whoever writes its row knows of no more than
 *         was prolonged where it was last read.
 */
export const isSameHold = (known: Hold, row: Hold): boolean =>
  known.status === 'in_progress' && row.status === 'in_progress' && known.token === row.token;

/** A row as it stands once it is written over the one that is known. HELD-1 */
export const written = <Row extends Hold>(known: Hold | undefined, row: Row): Row =>
  known && isSameHold(known, row) ? heldUntil(row, known.leaseUntil) : row;

/** A row whose lease is extended; another claim’s, and what nobody holds, stays as it is. */
export const extended = <Row extends Hold>(row: Row, lease: Lease): Row =>
  isUnder(row, lease) ? heldUntil(row, lease.until) : row;

/** Whether it is held under this token for longer than that. */
export const isHeldLonger = (row: Hold | undefined, lease: Lease): boolean =>
  row !== undefined && isUnder(row, lease) && row.leaseUntil !== null && row.leaseUntil > lease.until;

const isUnder = (row: Hold, { token }: Lease): boolean => row.status === 'in_progress' && row.token === token;

const heldUntil = <Row extends Hold>(row: Row, until: number | null): Row => ({
  ...row,
  leaseUntil:
    row.leaseUntil === null || until === null ? (row.leaseUntil ?? until) : Math.max(row.leaseUntil, until),
});
