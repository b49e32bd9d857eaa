import { createPublicKey, hash, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { KnownCheckpoints, LedgerReport } from '../cli/index.ts';
import {
  exportVerifier,
  ledgerVerifier,
  rootAt,
  type LedgerVerifier,
  type Sha256,
  type VerifySignature,
} from '../ledger/index.ts';
import type { Store } from '../store/index.ts';

const PAGE = 2000;
/** What stands before the 32 bytes in the DER form of an Ed25519 public key. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

const sha256: Sha256 = (input) => hash('sha256', input, 'buffer');

const verifySignature: VerifySignature = (message, signature, publicKey) => {
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
};

/**
 * Verifies a whole database: every entry, every chain, the Merkle tree as it is stored, and the checkpoints that are known. What a
 * server adds meanwhile is left for the next time.
 */
export async function verifyStore(store: Store, known: KnownCheckpoints): Promise<LedgerReport> {
  const size = await store.treeSize();
  const count = await store.entryCount();
  const { checkpoints, keys: verifierKeys } = known;
  const verifier = ledgerVerifier({ sha256, verify: verifySignature, checkpoints, verifierKeys });
  await feed(store, verifier, size, count);
  return verifier.finish({ head: { size, root: await storedRoot(store, size) } });
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
    let missing: readonly [number, number] | null = null;
    try {
      return rootAt(
        size,
        (level, index) => {
          const tile = tiles.get(`${level}/${index}`);
          if (!tile) missing = [level, index];
          return tile;
        },
        sha256,
      );
    } catch (fault) {
      if (!missing) throw fault;
      const tile = await store.tile(...(missing as readonly [number, number]));
      // A tile that is gone gives no root: that is a finding, which the comparison of heads reports.
      if (!tile) return new Uint8Array(32);
      tiles.set(missing.join('/'), tile);
    }
  }
}

/** Verifies an exported file, of any size, piece by piece. */
export async function verifyExportedFile(path: string, known: KnownCheckpoints): Promise<LedgerReport> {
  const { checkpoints, keys: verifierKeys } = known;
  const verifier = exportVerifier({ sha256, verify: verifySignature, checkpoints, verifierKeys });
  for await (const piece of createReadStream(path, 'utf8')) verifier.addText(piece as string);
  return verifier.finish();
}
