import { createHmac, createPrivateKey, hkdfSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { fromBase64, type Signer } from '../ledger/index.ts';
import { newKeyPair } from '../operations/index.ts';
import { ORGANISATION } from '../runtime/index.ts';
import { StoreFault, type Store } from '../store/index.ts';
import { LEDGER_DOCUMENT } from '../store/moving.ts';

/**
 * The name and key of the ledger, made at the first start and kept in the database; another node may start at the same moment.
 *
 * SIGNER-1  It is there before the first entry is. So where there were entries before it was looked for, a key that is not there was lost:
 *        checkpoints by another one would say that this is another ledger.
 *
 * @throws StoreFault `database_damaged` (SIGNER-1)
 */
export async function ledgerKey(store: Store): Promise<LedgerKey> {
  const { kind, id } = LEDGER_DOCUMENT;
  const entries = await store.entryCount();
  if (!(await store.document(kind, id))) {
    if (entries > 0) throw keyLost(entries);
    await makeKey(store);
  }
  const stored = await store.document(kind, id);
  if (!stored) throw new Error('the key of the ledger could not be kept in the database');
  const { origin, publicKey, privateKey } = stored.body as unknown as KeyDocument;
  const der = Buffer.from(privateKey, 'base64');
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const sealing = Buffer.from(hkdfSync('sha256', der, '', 'humanos seal', 32));
  return {
    signer: { name: origin, publicKey: readKey(publicKey), sign: signWith(key) },
    seal: (text) => createHmac('sha256', sealing).update(text).digest('base64url'),
  };
}

interface LedgerKey {
  readonly signer: Signer;
  /** Of a text, under a key derived from the same: what whoever has it says to others who have it. */
  seal(text: string): string;
}

export interface KeyDocument {
  readonly origin: string;
  /** Base64 of the raw 32 bytes. */
  readonly publicKey: string;
  /** Base64 of PKCS #8. */
  readonly privateKey: string;
}

const keyLost = (entries: number): StoreFault =>
  new StoreFault(
    'database_damaged',
    `The database has a ledger of ${entries} entries, and the key that signs its checkpoints is not in it (setting ledger_key).`,
    'Restore the database, or that one document of it, from a backup. A new key would make it another ledger.',
  );

const readKey = (text: string): Uint8Array => {
  const key = fromBase64(text);
  if (!key) throw new Error('the public key of the ledger in the database cannot be read');
  return key;
};

const signWith =
  (key: KeyObject) =>
  (message: Uint8Array): Uint8Array =>
    new Uint8Array(sign(null, message, key));

/** Refused when there is one already. */
async function makeKey(store: Store): Promise<void> {
  const document: KeyDocument = { origin: `humanos/${randomBytes(8).toString('hex')}`, ...newKeyPair() };
  const write = { ...LEDGER_DOCUMENT, expected: 0, body: { ...document } };
  await store.commit([{ stream: ORGANISATION, expected: null, entries: [], documents: [write] }]);
}
