import { createHmac, randomBytes } from 'node:crypto';

/**
 * The Standard Webhooks convention, version 1 of its specification: `HMAC-SHA256(key, id.timestamp.body)`.
 *
 * SIGN-1  What is signed is the bytes that are sent; they are never serialised twice.
 * SIGN-2  During a rotation there is one signature per secret, so that a receiver who knows either accepts.
 */
export interface Signed {
  readonly id: string;
  /** Seconds since the epoch, of this attempt. */
  readonly timestamp: number;
  readonly body: string;
}

const PREFIX = 'whsec_';
const KEY_BYTES = 32;
const FEWEST_BYTES = 24;
const MOST_BYTES = 64;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** `whsec_` and the Base64 of 32 random bytes. */
export const newSigningSecret = (): string => PREFIX + randomBytes(KEY_BYTES).toString('base64');

/** The key in a secret; null unless it is `whsec_` and the Base64 of 24 to 64 bytes. */
export function keyOf(secret: string): Uint8Array | null {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  if (!BASE64.test(text)) return null;
  const key = Buffer.from(text, 'base64');
  return key.length >= FEWEST_BYTES && key.length <= MOST_BYTES ? key : null;
}

/** The value of `webhook-signature`: one `v1,…` per secret. @throws Error when one of them is no secret */
export const signatures = (signed: Signed, secrets: readonly string[]): string =>
  secrets.map((secret) => `v1,${sign(signed, secret)}`).join(' ');

function sign({ id, timestamp, body }: Signed, secret: string): string {
  const key = keyOf(secret);
  if (!key) throw new Error('a signing secret cannot be read');
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64');
}

/** The headers that go with a message. */
export const signedHeaders = (
  signed: Signed,
  secrets: readonly string[],
): Readonly<Record<string, string>> => ({
  'webhook-id': signed.id,
  'webhook-timestamp': String(signed.timestamp),
  'webhook-signature': signatures(signed, secrets),
});
