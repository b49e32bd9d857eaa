import { createPublicKey, verify } from 'node:crypto';
import type { VerifySignature } from '../ledger/index.ts';

/** What stands before the 32 bytes in the DER form of an Ed25519 public key. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

export const verifySignature: VerifySignature = (message, signature, publicKey) => {
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
};
