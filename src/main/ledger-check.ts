import { createReadStream } from 'node:fs';
import type { KnownCheckpoints, LedgerReport } from '../cli/index.ts';
import {
  exportVerifier,
  fromBase64,
  ledgerVerifier,
  rootAt,
  verifierKey,
  type LedgerVerifier,
} from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { verifySignature } from './ed25519.ts';
import { sha256 } from './sha256.ts';

const PAGE = 2000;

/**
 * Verifies a whole database: every entry, every chain, the Merkle tree as it is stored, and the checkpoints that are known. What a
 * server adds meanwhile is left for the next time.
 */
export async function verifyStore(store: Store, known: KnownCheckpoints): Promise<LedgerReport> {
  const size = await store.treeSize();
  const count = await store.entryCount();
  const stored = await store.checkpoint();
  const checkpoints = [...known.checkpoints, ...(stored ? [stored.note] : [])];
  const verifierKeys = known.keys.length > 0 ? known.keys : await ownKey(store);
  const verifier = ledgerVerifier({ sha256, verify: verifySignature, checkpoints, verifierKeys });
  await feed(store, verifier, size, count);
  return verifier.finish({ head: { size, root: await storedRoot(store, size) } });
}

/** The key that the database itself names. It counts only where the verifier brings none: who can rewrite entries can rewrite it. */
async function ownKey(store: Store): Promise<string[]> {
  const { origin, publicKey } = ((await store.document('setting', LEDGER_KEY))?.body ??
    {}) as Partial<LedgerKey>;
  const bytes = fromBase64(publicKey ?? '');
  return origin !== undefined && bytes?.length === 32 ? [verifierKey(origin, bytes, sha256)] : [];
}

const LEDGER_KEY = 'ledger_key';
interface LedgerKey {
  readonly origin: string;
  /** Base64 of the raw 32 bytes. */
  readonly publicKey: string;
}

async function feed(store: Store, verifier: LedgerVerifier, size: number, count: number): Promise<void> {
  for (let after = -1; after < count - 1;) {
    const entries = await store.entries({ position: after }, PAGE);
    if (entries.length === 0) return;
    for (const { position, text, hash: own } of entries) {
      if (position >= count) return;
      if (position < size) verifier.add({ index: position, text, hash: own });
      else verifier.addPending({ text, hash: own });
      after = position;
    }
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
    } catch (fault) {
      const [first] = missing;
      if (!first) throw fault;
      const tile = await store.tile(...first);
      if (!tile) return NO_ROOT;
      tiles.set(first.join('/'), tile);
    }
  }
}

/** Of a tree whose tiles are gone: that is a finding, which the comparison of heads reports. */
const NO_ROOT = new Uint8Array(32);

/** Verifies an exported file, of any size, piece by piece. */
export async function verifyExportedFile(path: string, known: KnownCheckpoints): Promise<LedgerReport> {
  const { checkpoints, keys: verifierKeys } = known;
  const verifier = exportVerifier({ sha256, verify: verifySignature, checkpoints, verifierKeys });
  for await (const piece of createReadStream(path, 'utf8')) verifier.addText(piece as string);
  return verifier.finish();
}
