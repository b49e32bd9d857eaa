/**
 * The chain of each run: sequence numbers without gaps, each entry naming the hash of the one before it.
 *
 * Invariants:
 * - CHN-1 Memory grows with the number of runs, not of entries.
 * - CHN-2 A change to, removal of, insertion into or reordering within a run gives at least one problem, unless
 *   only its last entries are gone or the hashes were computed anew; those are the tree's to find.
 * - CHN-3 After a problem the chain goes on from what it saw, so that one wrong entry does not hide another.
 * - CHN-4 An entry that is found under another run or number than its text says gives a problem.
 */

import { sameBytes, toHex } from './bytes.ts';
import { NO_PREVIOUS, readEntry } from './entry.ts';
import type { LedgerEntry, Sha256 } from './entry.ts';

export type ChainCode =
  | 'entry_malformed'
  | 'entry_not_canonical'
  | 'entry_altered'
  | 'entry_missing'
  | 'entry_out_of_order'
  | 'chain_broken';

export interface ChainProblem {
  readonly code: ChainCode;
  readonly message: string;
  readonly run?: string;
  readonly sequence?: number;
}

/** An entry as it is kept: its canonical text and the hash that was stored with it (32 bytes). */
export interface StoredEntry {
  readonly text: string;
  readonly hash: Uint8Array;
  /** The run and the number under which it is found, where they are kept beside its text. */
  readonly stream?: string;
  readonly sequence?: number;
}

export interface ChainVerifier {
  /** The next entry in the order of the log; the problems found in it, mostly none. */
  add(entry: StoredEntry): readonly ChainProblem[];
  /** The number of runs seen. */
  runs(): number;
}

interface Link {
  sequence: number;
  hash: string;
}

const NONE: readonly ChainProblem[] = [];

export function chainVerifier(sha256: Sha256): ChainVerifier {
  const links = new Map<string, Link>();
  return {
    add: (entry) => {
      const { text, hash } = entry;
      const altered = !sameBytes(sha256(text), hash);
      const read = readEntry(text);
      if (!read.ok)
        return [unreadable(read.code, read.message), ...(altered ? [alteration('An entry')] : NONE)];
      const { run, sequence } = read.value;
      const link = linkProblem(links, read.value, toHex(hash));
      const place = placeProblem(entry, read.value);
      if (!altered && link === undefined && place === undefined) return NONE;
      const found = altered ? alteration(`Entry ${sequence} of run ${run}`, run, sequence) : undefined;
      return [found, link, place].filter((problem) => problem !== undefined);
    },
    runs: () => links.size,
  };
}

/** All problems of entries in the order of the log; see `chainVerifier`. */
export function verifyChain(entries: Iterable<StoredEntry>, sha256: Sha256): ChainProblem[] {
  const chain = chainVerifier(sha256);
  const problems: ChainProblem[] = [];
  for (const entry of entries) problems.push(...chain.add(entry));
  return problems;
}

function linkProblem(links: Map<string, Link>, entry: LedgerEntry, hash: string): ChainProblem | undefined {
  const { run, sequence } = entry;
  const last = links.get(run);
  if (last === undefined) links.set(run, { sequence, hash });
  const expected = (last?.sequence ?? 0) + 1;
  const previous = last?.hash ?? NO_PREVIOUS;
  if (last !== undefined) {
    last.sequence = sequence;
    last.hash = hash;
  }
  if (sequence > expected) return missing(run, expected, sequence);
  if (sequence < expected) return outOfOrder(run, expected, sequence);
  return entry.previous === previous ? undefined : broken(run, sequence);
}

/** CHN-4 */
function placeProblem(
  { stream, sequence: number }: StoredEntry,
  { run, sequence }: LedgerEntry,
): ChainProblem | undefined {
  if ((stream ?? run) === run && (number ?? sequence) === sequence) return undefined;
  const message =
    `Entry ${sequence} of run ${run} is kept as entry ${number ?? sequence} of ${stream ?? run}: ` +
    `it was moved, so that whoever asks for either run is told something else. ${ADVICE}`;
  return { code: 'entry_out_of_order', message, run, sequence };
}

const ADVICE = 'Compare with a backup or an earlier export to see what it was.';

function unreadable(code: ChainCode, reason: string): ChainProblem {
  return { code, message: `An entry cannot be read: ${reason}. ${ADVICE}` };
}

function alteration(what: string, run?: string, sequence?: number): ChainProblem {
  const message = `${what} was changed after it was written: its text no longer gives its hash. ${ADVICE}`;
  return run === undefined || sequence === undefined
    ? { code: 'entry_altered', message }
    : { code: 'entry_altered', message, run, sequence };
}

function missing(run: string, expected: number, sequence: number): ChainProblem {
  const gone = sequence - expected === 1 ? `entry ${expected}` : `entries ${expected} to ${sequence - 1}`;
  const message = `In run ${run}, ${gone} should come before entry ${sequence} and was removed or moved. ${ADVICE}`;
  return { code: 'entry_missing', message, run, sequence };
}

function outOfOrder(run: string, expected: number, sequence: number): ChainProblem {
  const message =
    `In run ${run}, entry ${sequence} stands where entry ${expected} belongs: ` +
    `it was inserted, repeated or moved. ${ADVICE}`;
  return { code: 'entry_out_of_order', message, run, sequence };
}

function broken(run: string, sequence: number): ChainProblem {
  const message =
    `Entry ${sequence} of run ${run} does not follow the entry before it: ` +
    `one of the two was replaced after it was written. ${ADVICE}`;
  return { code: 'chain_broken', message, run, sequence };
}
