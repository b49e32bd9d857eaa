import type { JsonObject } from '../../definition/index.ts';
import { evolve, type RunState } from '../../engine/index.ts';
import {
  ARCHIVED,
  exportCheckpoint,
  exportHeader,
  exportVerifier,
  leafHash,
  spansOf,
  toHex,
  verifierKey,
  type Archived,
  type Sha256,
  type Signer,
  type VerifySignature,
} from '../../ledger/index.ts';
import {
  damaged,
  pagesOf,
  type DocumentWrite,
  type RunRow,
  type Store,
  type StoredEntry,
} from '../../store/index.ts';
import { bySystem } from '../authority.ts';
import { readEvent } from '../entries.ts';
import type { Log } from '../log.ts';
import { writing, type Organisation } from '../organisation/index.ts';
import type { RoutingHistory } from '../track-records.ts';
import { leafReader } from './leaves.ts';
import { cutsOf, linesOf } from './lines.ts';
import { overTrees, type Bounds, type Tree } from './trees.ts';

/** Where archives are kept. What has been kept survives the loss of power. */
export interface ArchiveFolder {
  /** A file that nobody sees until it is kept. */
  begin(): Promise<ArchiveFile>;
}
export interface ArchiveFile {
  write(text: string): Promise<void>;
  /** Flushes it and gives it its name, which is made of the SHA-256 (hexadecimal) of its bytes; where it is from then on. */
  keep(nameOf: (sha256: string) => string): Promise<{
    readonly name: string;
    readonly path: string;
    readonly sha256: string;
  }>;
  discard(): Promise<void>;
}

/** What is known of a run that was archived. */
export interface ArchivedRun {
  /** The file, where it was written. */
  readonly file: string;
  readonly sha256: string;
  readonly status: RunRow['status'];
  readonly definition: string;
  readonly endedAt: number | null;
  /** Who had a part in it (promise 5: a run that uses its results has to know). */
  readonly contributors: readonly string[];
}

export interface ArchiveResult {
  /** Whether that is all; else it was told to stop, or another archives at the same moment, to whom the rest is left. */
  readonly ended: 'all' | 'interrupted' | 'elsewhere';
  /** Where they are. */
  readonly files: readonly string[];
  readonly runs: number;
  readonly entries: number;
  /** The channel that has still to carry older entries, so that nothing behind them could be archived. */
  readonly heldBackBy: string | null;
}

export interface ArchiveOptions {
  readonly signal?: AbortSignal;
  readonly at?: (point: ArchivePoint) => void;
  /** Channels, beside webhooks, that are set up; none if absent. */
  readonly channels?: readonly string[];
}

/** Moments at which a process may end; for tests. */
export type ArchivePoint = 'written' | 'kept' | 'recorded' | 'removed' | 'done';

export interface ArchiverParts {
  readonly store: Store;
  readonly log: Log;
  readonly history: RoutingHistory;
  readonly organisation: Organisation;
  readonly signer: Signer;
  readonly sha256: Sha256;
  /** Of a run that is not in the store any more. */
  readonly forget: (run: string) => void;
}

/** Entries of one file, their characters, and runs, beyond which no further tree is added to it. */
const FILE_ENTRIES = 20_000;
const FILE_TEXT = 64 * 1024 * 1024;
const FILE_RUNS = 1000;
/** Entries that are removed in one transaction, as long as it has one run. */
const BATCH_ENTRIES = 2000;

/** Messages that are read at once. */
const MESSAGES = 1000;

const UNDER_WAY = 'archive_under_way';

/**
 * Moves runs that have ended out of the database, into files that verify by themselves.
 *
 * ARCH-1  First the file is durable, then the ledger says what is in it, then the rows go, a bounded number at a time. Whoever ends in
 *         between has lost nothing: what was said and not done is done first by the next who archives.
 * ARCH-2  Only entries that everybody has read go: they are in the tree, in the track records, and carried by every channel.
 * ARCH-3  One archive is under way at a time, on any number of nodes: it is named by a document, whose revision decides.
 * ARCH-4  What would not verify is not kept: nothing is removed as long as the database is damaged there, so that what is left can tell
 *         how. The file is verified, and the tree holds the leaf of each entry in it, which no root may hang on.
 */
export class Archiver {
  readonly #parts: ArchiverParts;

  constructor(parts: ArchiverParts) {
    this.#parts = parts;
  }

  /** All that ended before `before`, until it is done or told to stop. */
  async archive(folder: ArchiveFolder, before: number, options: ArchiveOptions = {}): Promise<ArchiveResult> {
    const { signal, at = () => {}, channels = [] } = options;
    await this.#finish(at);
    const { position, heldBackBy } = await this.#read(channels);
    const bounds = { before, position, busy: await this.#busy() };
    const result = { files: [] as string[], runs: 0, entries: 0, heldBackBy };
    for await (const trees of this.#files(bounds)) {
      if (signal?.aborted) return { ...result, ended: 'interrupted' };
      const kept = await this.#keep(folder, trees, bounds, at);
      if (kept === null) return { ...result, ended: 'elsewhere' };
      await this.#finish(at);
      result.files.push(kept);
      for (const { runs, entries } of trees) {
        result.runs += runs.length;
        result.entries += entries.length;
      }
    }
    return { ...result, ended: 'all' };
  }

  /** ARCH-2: the position up to which everybody has read, and the channel that has read least, where that is why. */
  async #read(
    channels: readonly string[],
  ): Promise<{ readonly position: number; readonly heldBackBy: string | null }> {
    const { store, log, history } = this.#parts;
    await log.settle();
    let position = Math.min(log.size, await history.save());
    let heldBackBy: string | null = null;
    for await (const rows of pagesOf(100, (page) => store.documents('channel', page)))
      for (const { id, body } of rows) {
        if (carriedOf(body) >= position || !(channels.includes(id) || (await this.#isOn(id)))) continue;
        position = carriedOf(body);
        heldBackBy = id;
      }
    return { position, heldBackBy };
  }

  /** A webhook that is switched off, or is there no more, waits for nothing: what it has missed it goes without. */
  async #isOn(webhook: string): Promise<boolean> {
    return (await this.#parts.store.document('webhook', webhook))?.body['enabled'] === true;
  }

  /** Runs that have something to tell another. */
  async #busy(): Promise<Set<string>> {
    const busy = new Set<string>();
    for (let after = 0; ;) {
      const page = await this.#parts.store.outbox(after, MESSAGES);
      for (const { run } of page) busy.add(run);
      const last = page.at(-1);
      if (!last || page.length < MESSAGES) return busy;
      after = last.id;
    }
  }

  /** Trees, as many as go into one file. */
  async *#files(bounds: Bounds): AsyncGenerator<Tree[], void, void> {
    let trees: Tree[] = [];
    let [entries, text, runs] = [0, 0, 0];
    for await (const tree of overTrees(this.#parts.store, bounds)) {
      trees.push(tree);
      entries += tree.entries.length;
      text += textOf(tree);
      runs += tree.runs.length;
      if (entries < FILE_ENTRIES && text < FILE_TEXT && runs < FILE_RUNS) continue;
      yield trees;
      trees = [];
      [entries, text, runs] = [0, 0, 0];
    }
    if (trees.length > 0) yield trees;
  }

  /** The file, durable and named by the ledger; null where another node archives at the same moment. */
  async #keep(
    folder: ArchiveFolder,
    trees: readonly Tree[],
    { before }: Bounds,
    at: (point: ArchivePoint) => void,
  ): Promise<string | null> {
    const { store, log, signer, sha256 } = this.#parts;
    const entries = trees.flatMap((tree) => tree.entries).sort((a, b) => a.position - b.position);
    const [first] = entries;
    if (!first) return null;
    await this.#requireLeaves(entries);
    const { size, note } = await log.checkpoint();
    const file = await folder.begin();
    // Ed25519 signs the same text the same way each time (RFC 8032).
    const verify: VerifySignature = (text, signature) => toHex(signer.sign(text)) === toHex(signature);
    const verifier = exportVerifier({ sha256, verify });
    const write = (text: string): Promise<void> => {
      verifier.addText(text);
      return file.write(text);
    };
    try {
      const key = verifierKey(signer.name, signer.publicKey, sha256);
      await write(exportHeader({ origin: signer.name, verifierKey: key, part: 'archive' }));
      const cuts = await cutsOf(store, size);
      for await (const line of linesOf(log, entries, size, cuts)) await write(line);
      await write(exportCheckpoint(note));
      const [problem] = verifier.finish().problems;
      if (problem) throw damaged(unfit(first.position, problem.message));
      at('written');
      const kept = await file.keep((digest) => `ledger-${first.position}-${digest.slice(0, 16)}.jsonl`);
      at('kept');
      const runs = trees.flatMap((tree) => tree.runs);
      const archived: Archived = {
        file: kept.name,
        sha256: kept.sha256,
        size,
        runs: runs.length,
        entries: entries.length,
        before,
        spans: spansOf(entries.map(({ position }) => position)),
      };
      // The file stays: in a folder of both it may be the very one that the other has named.
      if (!(await this.#record(archived, kept.path, trees))) return null;
      at('recorded');
      return kept.path;
    } catch (fault) {
      await file.discard();
      throw fault;
    }
  }

  /** ARCH-4. @throws StoreFault `database_damaged` */
  async #requireLeaves(entries: readonly StoredEntry[]): Promise<void> {
    const { store, sha256 } = this.#parts;
    const leaf = leafReader(store);
    for (const { position, hash } of entries) {
      const stored = await leaf(position);
      if (!stored || toHex(stored) !== toHex(leafHash(hash, sha256)))
        throw damaged(unfit(position, 'The tree does not hold the hash of that entry.'));
    }
  }

  /** The ledger says what was archived, and the documents where. */
  async #record(archived: Archived, path: string, trees: readonly Tree[]): Promise<boolean> {
    const under = await this.#underWay();
    if (under.batches.length > 0) return false;
    const batches = batchesOf(trees);
    const documents: DocumentWrite[] = [
      underWay(under.revision, archived.file, batches),
      {
        kind: 'archive',
        id: archived.sha256,
        expected: 0,
        body: { ...archived, path },
      },
      ...trees.flatMap((tree) => placesOf(tree, path, archived.sha256)),
    ];
    const outcome = await this.#parts.organisation.change({
      by: bySystem('retention'),
      fixed: true,
      decide: () => {
        const changes = documents.map((one) => writing(one));
        return { ok: true, value: { type: ARCHIVED, payload: archived, changes, value: null } };
      },
    });
    return outcome.ok;
  }

  /** Removes what the ledger says was archived, batch by batch. */
  async #finish(at: (point: ArchivePoint) => void): Promise<void> {
    const { store } = this.#parts;
    const { revision, file, batches } = await this.#underWay();
    if (batches.length === 0) return;
    for (const runs of batches) {
      await store.removeRuns(runs);
      runs.forEach(this.#parts.forget);
      at('removed');
    }
    const documents = [underWay(revision, file, [])];
    await store.commit([{ stream: 'archive', expected: null, entries: [], documents }]);
    at('done');
  }

  /** What the ledger says was archived, and may still be there. */
  async #underWay(): Promise<UnderWay & { readonly revision: number }> {
    const stored = await this.#parts.store.document('setting', UNDER_WAY);
    if (!stored) return { revision: 0, file: '', batches: [] };
    return { ...(stored.body as unknown as UnderWay), revision: stored.revision };
  }
}

const unfit = (position: number, why: string): string =>
  `What begins with entry ${position} was not archived, as it would not verify, and nothing was removed. ${why}`;

const textOf = ({ entries }: Tree): number => entries.reduce((sum, { text }) => sum + text.length, 0);

interface UnderWay {
  readonly file: string;
  /** Runs that are removed together. */
  readonly batches: readonly (readonly string[])[];
}

/** ARCH-3: without batches nothing is under way. It stays, so that its revision is never one that another archive has had. */
const underWay = (expected: number, file: string, batches: UnderWay['batches']): DocumentWrite => ({
  kind: 'setting',
  id: UNDER_WAY,
  expected,
  body: { file, batches },
});

/** Up to where a channel has carried the log. */
const carriedOf = (body: JsonObject): number => {
  const { position, parcels } = body as unknown as {
    readonly position: number;
    readonly parcels: readonly { readonly position: number }[];
  };
  return parcels.reduce((least, parcel) => Math.min(least, parcel.position), position);
};

/** A root goes last: whoever looks in between finds its children gone and not the other way round. */
function batchesOf(trees: readonly Tree[]): string[][] {
  const batches: string[][] = [];
  let entries = Infinity;
  for (const tree of trees) {
    for (const { id, sequence } of tree.runs.toReversed()) {
      if (entries + sequence > BATCH_ENTRIES) {
        batches.push([]);
        entries = 0;
      }
      batches.at(-1)?.push(id);
      entries += sequence;
    }
  }
  return batches;
}

function placesOf({ runs, entries }: Tree, file: string, sha256: string): DocumentWrite[] {
  const byRun = Map.groupBy(entries, ({ stream }) => stream);
  return runs.map(({ id, status, definition, endedAt }) => {
    const state = stateOf(byRun.get(id) ?? []);
    const contributors = Object.keys(state?.contributors ?? {}).sort();
    const body: ArchivedRun = { file, sha256, status, definition, endedAt, contributors };
    return { kind: 'archived_run', id, expected: 0, body: body as unknown as JsonObject };
  });
}

const stateOf = (entries: readonly StoredEntry[]): RunState | null => {
  let state: RunState | null = null;
  for (const { text } of entries) state = evolve(state, readEvent(text));
  return state;
};
