import { createReadStream } from 'node:fs';
import type { KnownCheckpoints, LedgerReport } from '../cli/index.ts';
import {
  exportVerifier,
  fromBase64,
  HASH_BYTES,
  leafHash,
  ledgerVerifier,
  readArchived,
  rootAt,
  verifierKey,
  type Archived,
  type LedgerVerifier,
} from '../ledger/index.ts';
import { leafReader, ORGANISATION } from '../runtime/index.ts';
import type { Store } from '../store/index.ts';
import { LEDGER_DOCUMENT } from '../store/moving.ts';
import { readArchives, withArchives, withProblems } from './archive-check.ts';
import { verifySignature } from './ed25519.ts';
import type { KeyDocument } from './ledger-key.ts';
import { sha256 } from './sha256.ts';
import { TreeCheck } from './tree-check.ts';

const PAGE = 2000;

/**
 * Verifies a whole database: every entry, every chain, the Merkle tree as it is stored, and the checkpoints that are known. What a
 * server adds meanwhile is left for the next time.
 *
 * LIVE-1  Files and checkpoints are read before the size of the log: none of them is over more.
 * LIVE-2  Only files that were named before the folder was read are asked for.
 * LIVE-3  What is archived while the log is read is named by entries behind it: those of the organisation are read last.
 */
export async function verifyStore(
  store: Store,
  known: KnownCheckpoints,
  archives?: string,
): Promise<LedgerReport> {
  const verifierKeys = known.keys.length > 0 ? known.keys : await ownKey(store);
  const named = await store.entryCount();
  const files = archives === undefined ? null : await readArchives(archives, verifierKeys);
  const notes = await Promise.all((files ?? []).map(({ size: at }) => store.checkpoint(at)));
  const stored = await store.checkpoint();
  const size = await store.treeSize();
  const count = await store.entryCount();
  const checkpoints = [...known.checkpoints, ...[stored, ...notes].flatMap((one) => one?.note ?? [])];
  const means = { sha256, verify: verifySignature };
  const verifier = ledgerVerifier({ ...means, checkpoints: [...new Set(checkpoints)], verifierKeys });
  const tree = new TreeCheck(store);
  const archived = await feed(store, verifier, tree, { size, count, named });
  await feedLater(store, verifier, count);
  const found = verifier.finish({ head: { size, root: await storedRoot(store, size) } });
  const report = withProblems(found, await tree.finish());
  return files ? withArchives(report, files, archived, notes) : report;
}

/** The key that the database itself names. It counts only where the verifier brings none: who can rewrite entries can rewrite it. */
async function ownKey(store: Store): Promise<string[]> {
  const stored = await store.document(LEDGER_DOCUMENT.kind, LEDGER_DOCUMENT.id);
  const { origin, publicKey } = (stored?.body ?? {}) as Partial<KeyDocument>;
  const bytes = fromBase64(publicKey ?? '');
  return origin !== undefined && bytes?.length === 32 ? [verifierKey(origin, bytes, sha256)] : [];
}

interface Extent {
  /** Of the tree. */
  readonly size: number;
  readonly count: number;
  /** Archives count that are named before this position. */
  readonly named: number;
}

/** What the entries say was archived. In place of entries that are not there come their hashes in the tree, as far as it has any. */
async function feed(
  store: Store,
  verifier: LedgerVerifier,
  tree: TreeCheck,
  { size, count, named }: Extent,
): Promise<Archived[]> {
  const archived: Archived[] = [];
  const leaf = leafReader(store);
  for (let after = -1; after < count - 1;) {
    const entries = await store.entries({ position: after }, PAGE);
    if (entries.length === 0) return archived;
    for (const { position, ...entry } of entries) {
      for (let gap = after + 1; gap < Math.min(position, size); gap += 1) {
        const hash = await leaf(gap);
        tree.add(hash ?? NO_HASH);
        await tree.compare();
        if (hash) verifier.addPruned({ index: gap, leaves: 1, hash });
      }
      if (position >= count) return archived;
      const said = position < named ? readArchived(entry.text) : null;
      if (said) archived.push(said);
      if (position < size) {
        verifier.add({ index: position, ...entry });
        tree.add(leafHash(entry.hash, sha256));
      } else verifier.addPending({ index: position, ...entry });
      after = position;
    }
    await tree.compare();
  }
  return archived;
}

/** LIVE-3. The organisation's stream is never archived; other chains may have been, in the middle. */
async function feedLater(store: Store, verifier: LedgerVerifier, from: number): Promise<void> {
  const until = await store.entryCount();
  for (let after = from - 1; after < until - 1;) {
    const entries = await store.entries({ position: after }, PAGE);
    for (const { position, ...entry } of entries)
      if (entry.stream === ORGANISATION) verifier.addLater({ index: position, ...entry });
    after = entries.at(-1)?.position ?? until;
  }
}

/** The root that the stored tiles give; tiles are read as the computation asks for them. */
async function storedRoot(store: Store, size: number): Promise<Uint8Array> {
  const tiles = new Map<string, Uint8Array>();
  for (;;) {
    const missing: (readonly [number, number])[] = [];
    try {
      return rootAt(
        size,
        (level, index) => {
          const tile = tiles.get(`${level}/${index}`);
          if (!tile) missing.push([level, index]);
          return tile;
        },
        sha256,
      );
    } catch {
      const [first] = missing;
      if (!first) return NO_HASH;
      const tile = await store.tile(...first);
      if (!tile) return NO_HASH;
      tiles.set(first.join('/'), tile);
    }
  }
}

/** Of a leaf, or a root, whose tiles are gone or too short: that is a finding, which the comparisons of tiles and heads report. */
const NO_HASH = new Uint8Array(HASH_BYTES);

/** Verifies an exported file, of any size, piece by piece. */
export async function verifyExportedFile(path: string, known: KnownCheckpoints): Promise<LedgerReport> {
  const { checkpoints, keys } = known;
  const verifierKeys = keys.length > 0 ? keys : undefined;
  const verifier = exportVerifier({ sha256, verify: verifySignature, checkpoints, verifierKeys });
  for await (const piece of createReadStream(path, 'utf8')) verifier.addText(piece as string);
  return verifier.finish();
}
