/**
 * Entries that stand elsewhere: in the log their place is taken by the roots of perfect subtrees over their hashes, so that the tree
 * over everything can still be computed (RFC 9162, 2.1).
 *
 * Invariants:
 * - PRU-1 Entries leave the log only when the log itself says so: an entry of the organisation (`ledger.archived`) names their
 *   positions, and comes after them. A gap that no such entry names is a finding.
 * - PRU-2 A subtree ends where a checkpoint does, as far as that is known, so that the log can be compared with it there.
 */

import { readEntry } from './entry.ts';

/** The root over `leaves` entries from `index` on; a power of two that divides `index`. */
export interface Pruned {
  readonly index: number;
  readonly leaves: number;
  readonly hash: Uint8Array;
}

/** Positions that follow one another. */
export interface Span {
  readonly index: number;
  readonly count: number;
}

/** The stream and type of the entry that names the positions of entries which are kept elsewhere. */
const ARCHIVE_STREAM = 'organisation';
export const ARCHIVED = 'ledger.archived';
/** As canonical JSON has it; anybody's text may hold it, too. */
const MENTION = `"type":"${ARCHIVED}"`;

/** What that entry says. */
export interface Archived {
  /** The file that holds them. */
  readonly file: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /** The size of the tree under the checkpoint at the file's end. */
  readonly size: number;
  readonly runs: number;
  readonly entries: number;
  /** Whatever ended before this was archived, ms since the epoch. */
  readonly before: number;
  /** Positions: index and count, index and count, … in rising order. */
  readonly spans: readonly number[];
}

/** What an entry says was archived; null for any other entry. */
export function readArchived(text: string): Archived | null {
  if (!text.includes(MENTION)) return null;
  const entry = readEntry(text);
  if (!entry.ok || entry.value.run !== ARCHIVE_STREAM || entry.value.type !== ARCHIVED) return null;
  return entry.value.payload as unknown as Archived;
}

/** The fewest perfect subtrees over the leaves from `from` up to `to`, none of which reaches across a size in `cuts` (rising). */
export function* subtreesOf(
  from: number,
  to: number,
  cuts: readonly number[] = [],
): Generator<Span, void, void> {
  let index = from;
  let next = 0;
  while (index < to) {
    while ((cuts[next] ?? to) <= index) next += 1;
    const end = Math.min(to, cuts[next] ?? to);
    let count = 1;
    while (index % (count * 2) === 0 && index + count * 2 <= end) count *= 2;
    yield { index, count };
    index += count;
  }
}

/** Positions in rising order as spans. */
export function spansOf(positions: Iterable<number>): number[] {
  const spans: number[] = [];
  let next = -1;
  for (const position of positions) {
    if (position === next) spans[spans.length - 1]! += 1;
    else spans.push(position, 1);
    next = position + 1;
  }
  return spans;
}

/** Null unless they are spans in rising order. */
export function readSpans(value: unknown): Span[] | null {
  if (!Array.isArray(value) || value.length % 2 !== 0) return null;
  const spans: Span[] = [];
  let end = 0;
  for (let at = 0; at < value.length; at += 2) {
    const [index, count] = [value[at] as unknown, value[at + 1] as unknown];
    if (!isCount(index) || !isCount(count) || count === 0 || index < end) return null;
    spans.push({ index, count });
    end = index + count;
  }
  return spans;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Gaps of a log, and what entries say of them. */
export class Gaps {
  readonly #found: Span[] = [];
  readonly #named: Span[] = [];

  /** In rising order. */
  add({ index, leaves }: Omit<Pruned, 'hash'>): void {
    const last = this.#found.at(-1);
    if (last && last.index + last.count === index)
      this.#found[this.#found.length - 1] = { index: last.index, count: last.count + leaves };
    else this.#found.push({ index, count: leaves });
  }

  name(spans: readonly Span[]): void {
    for (const span of spans) this.#named.push(span);
  }

  /** Positions in gaps. */
  get size(): number {
    return this.#found.reduce((sum, { count }) => sum + count, 0);
  }

  /** PRU-1: gaps, or parts of them, that nothing names. */
  unnamed(): Span[] {
    const named = this.#named.toSorted((a, b) => a.index - b.index);
    const left: Span[] = [];
    let next = 0;
    for (const gap of this.#found) {
      const end = gap.index + gap.count;
      let at = gap.index;
      while (at < end) {
        while (next < named.length && endOf(named[next]!) <= at) next += 1;
        const span = named[next];
        const until = span === undefined ? end : Math.min(end, span.index);
        if (until > at) left.push({ index: at, count: until - at });
        at = span === undefined ? end : Math.min(end, endOf(span));
      }
    }
    return left;
  }
}

const endOf = ({ index, count }: Span): number => index + count;
