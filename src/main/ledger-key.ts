import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { fromBase64, toBase64, type Signer } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';

const KEY_DOCUMENT = 'ledger_key';

/** The name and key of the ledger, made at the first start and kept in the database; another node may start at the same moment. */
export async function ledgerKey(store: Store): Promise<{ signer: Signer }> {
  if (!(await store.document('setting', KEY_DOCUMENT))) await makeKey(store);
  const stored = await store.document('setting', KEY_DOCUMENT);
  if (!stored) throw new Error('the key of the ledger could not be kept in the database');
  const { origin, publicKey, privateKey } = stored.body as unknown as KeyDocument;
  const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
  return { signer: { name: origin, publicKey: readKey(publicKey), sign: signWith(key) } };
}

interface KeyDocument {
  readonly origin: string;
  /** Base64 of the raw 32 bytes. */
  readonly publicKey: string;
  /** Base64 of PKCS #8. */
  readonly privateKey: string;
}

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
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'jwk' }).x ?? '';
  const document: KeyDocument = {
    origin: `humanos/${randomBytes(8).toString('hex')}`,
    publicKey: toBase64(new Uint8Array(Buffer.from(raw, 'base64url'))),
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
  const write = { kind: 'setting', id: KEY_DOCUMENT, expected: 0, body: { ...document } } as const;
  await store.commit([{ stream: 'organisation', expected: null, entries: [], documents: [write] }]);
}
