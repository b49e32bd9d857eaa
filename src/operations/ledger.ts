import { exportCheckpoint, exportEntry, exportHeader, toHex } from '../ledger/index.ts';
import { prunedLines, type Runtime } from '../runtime/index.ts';
import { absentEntry } from './archived.ts';
import { entriesWithin } from './bounded.ts';
import type { Context, Read } from './context.ts';
import { done, no } from './outcome.ts';

export const ledgerEntries: Read<'ledger.entries'> = async ({ runtime }, { input: { after, limit } }) => {
  const { rows } = await entriesWithin(runtime.store, { position: after - 1 }, limit);
  const entries = rows.map(({ position, text, hash }) => ({ index: position, text, hash: toHex(hash) }));
  return done({ entries, next: (entries.at(-1)?.index ?? after - 1) + 1 });
};

export const checkpoint: Read<'ledger.checkpoint'> = async ({ runtime, origin, verifierKey }) => {
  const { size, note } = await runtime.log.checkpoint();
  return done({ size, note, origin, verifierKey });
};

const hashes = (proof: readonly Uint8Array[]): string[] => proof.map(toHex);

/** As large as the caller says, or as all that is committed makes it. */
async function treeOf({ runtime }: Context, size: number | undefined): Promise<number | null> {
  if (size === undefined || size > runtime.log.size) await runtime.log.settle();
  const now = runtime.log.size;
  return size === undefined ? now : size <= now ? size : null;
}

const tooLarge = (size: number | undefined, now: number) =>
  no('tree_size_unknown', `The tree has ${now} leaves, so there is no proof for a size of ${size ?? now}.`, {
    size: now,
  });

export const inclusion: Read<'ledger.inclusion'> = async (context, { input: { index, size: asked } }) => {
  const { log, store } = context.runtime;
  const size = await treeOf(context, asked);
  if (size === null) return tooLarge(asked, log.size);
  const [entry] = index < size ? await store.entries({ position: index - 1 }, 1) : [];
  if (entry?.position !== index) return absentEntry(context, index, size);
  const proof = await log.inclusion(index, size, entry.hash);
  return done({ index, size, entry: toHex(entry.hash), proof: hashes(proof) });
};

export const consistency: Read<'ledger.consistency'> = async (context, { input: { from, size: asked } }) => {
  const { log } = context.runtime;
  const size = await treeOf(context, asked);
  if (size === null || (from > size && asked === undefined)) return tooLarge(asked ?? from, log.size);
  if (from > size)
    return no('request_invalid', `\`from\` is ${from}, which is above the size of ${size}: swap them.`);
  return done({ from, size, proof: hashes(await log.consistency(from, size)) });
};

const BATCH = 200;
/** Characters that are handed on at once, or the one line that is longer. */
const PIECE = 64 * 1024;

type Exported = Pick<Context, 'origin' | 'verifierKey'> & {
  readonly runtime: Pick<Runtime, 'log' | 'store'>;
};

/** The whole ledger as a file: the entries under the checkpoint with which it ends, and hashes of those that were archived. */
export async function* exportLines(context: Exported): AsyncGenerator<string, void, void> {
  let piece = '';
  for await (const line of linesOf(context)) {
    piece += line;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/**
 * It is signed when it has been read: the entry that says what was archived meanwhile may come after all that there was at first, so
 * past a gap it goes on, until there was none.
 */
async function* linesOf({ runtime, origin, verifierKey }: Exported): AsyncGenerator<string, void, void> {
  yield exportHeader({ origin, verifierKey });
  let { size, note } = await runtime.log.checkpoint();
  for (let at = 0; at < size;) {
    const isWhole = yield* linesBetween(runtime, at, size);
    at = size;
    if (!isWhole) ({ size, note } = await runtime.log.checkpoint());
  }
  yield exportCheckpoint(note);
}

/** Lines for these positions, and whether there was an entry at each. */
async function* linesBetween(
  runtime: Exported['runtime'],
  from: number,
  to: number,
): AsyncGenerator<string, boolean, void> {
  let isWhole = true;
  for (let at = from; at < to;) {
    const entries = await runtime.store.entries({ position: at - 1 }, Math.min(BATCH, to - at));
    if (entries.length === 0)
      throw new Error(`the ledger has no entry ${at}, though its tree has ${to} leaves`);
    for (const { position, text, hash } of entries) {
      const until = Math.min(position, to);
      if (at < until) isWhole = false;
      yield* prunedLines(runtime, at, until);
      if (position < to) yield exportEntry({ index: position, text, hash });
      at = Math.min(position + 1, to);
    }
  }
  return isWhole;
}

export const health: Read<'health.get'> = async ({ runtime, origin, version }) =>
  done({
    ready: runtime.isReady,
    version,
    ledger: { origin, entries: await runtime.store.entryCount(), inTree: runtime.log.size },
    runs: { ...(await runtime.store.runCounts()) },
    backlog: runtime.scheduler.backlog,
  });
