import type { Parcel } from './parcel.ts';

/**
 * How much a channel has taken out of the log and not got rid of. Pure.
 *
 * WINDOW-1  While so many parcels count, the log waits. Of those that one receiver among several did not take, a share counts, so that it
 *           does not hold up the others; where the channel itself was away, all do.
 * WINDOW-2  So many of those are kept for one receiver. What it does not take beyond them was tried once.
 */
const WINDOW = 100;
const SHARE = 10;
export const MOST_KEPT = 100;

export function isFull(parcels: Iterable<Parcel>): boolean {
  const untaken = new Map<string, number>();
  let counted = 0;
  for (const { to, untaken: isUntaken } of parcels) {
    if (to === null || !isUntaken) {
      counted += 1;
      continue;
    }
    const before = untaken.get(to) ?? 0;
    untaken.set(to, before + 1);
    if (before < SHARE) counted += 1;
  }
  return counted >= WINDOW;
}

/** Whether no further parcel is kept for its receiver. */
export function isTooMany(parcels: Iterable<Parcel>, { to, position }: Parcel): boolean {
  if (to === null) return false;
  let kept = 0;
  for (const other of parcels) if (other.to === to && other.untaken && other.position !== position) kept += 1;
  return kept >= MOST_KEPT;
}
