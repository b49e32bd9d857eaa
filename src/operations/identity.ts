import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';

/** A new id, never given before, rising with time. */
export const newId = (): string => uuidv7().replaceAll('-', '');

/** 256 bits that nobody can guess, of letters, digits, `-` and `_`. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** An Ed25519 key pair, Base64: the public key as its raw 32 bytes, the private one as PKCS #8. */
export function newKeyPair(): { readonly publicKey: string; readonly privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64'),
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
}
