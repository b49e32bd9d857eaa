/**
 * The identity of a participant: whoever can do work. Agents and systems have an owner, the human who is accountable for what
 * they do; humans answer for themselves.
 */
export interface Passport {
  /** `passport_…`. */
  readonly id: string;
  readonly kind: 'human' | 'agent' | 'system';
  readonly name: string;
  readonly owner: string | null;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly capabilities: readonly string[];
  readonly status: PassportStatus;
  /** Most tasks held at once. */
  readonly capacity: number;
  /** Ed25519 public key, base64 of the raw 32 bytes; null while none is registered. */
  readonly publicKey: string | null;
  readonly createdAt: number;
}

export type PassportStatus = 'available' | 'busy' | 'away' | 'suspended' | 'revoked';

/** The human who answers for what the participant does. */
export const accountableFor = (passport: Passport): string | null =>
  passport.kind === 'human' ? passport.id : passport.owner;
