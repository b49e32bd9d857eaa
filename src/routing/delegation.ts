import type { Constraint } from './constraint.ts';

/** One participant lets another act for it. It only ever narrows. */
export interface Delegation {
  /** `delegation_…`. */
  readonly id: string;
  /** Passport ids. */
  readonly from: string;
  readonly to: string;
  /** The delegation that `from` passes on; null when it is `from`'s own authority. */
  readonly under: string | null;
  readonly scope: Scope;
  readonly constraints: readonly Constraint[];
  /** ms since the epoch; null is never. */
  readonly expiresAt: number | null;
  readonly status: DelegationStatus;
  readonly createdAt: number;
}

/** null is everything that the grantor may. */
export interface Scope {
  /** Names of operations, `task.complete`. */
  readonly operations: readonly string[] | null;
  readonly capabilities: readonly string[] | null;
  /** Ids of definitions. */
  readonly definitions: readonly string[] | null;
  /** The most that one act may be worth. */
  readonly amount: { readonly amount: number; readonly currency: string } | null;
}

/** What is `proposed` waits for people who have to agree, and carries nothing until they have. */
export type DelegationStatus = 'proposed' | 'active' | 'paused' | 'revoked' | 'rejected' | 'expired';
export type DelegationCommand = 'narrow' | 'pause' | 'unpause' | 'revoke' | 'approve' | 'reject' | 'expire';

/** Where each command leads from each status; a command that is missing is refused there. `expire` is what time does. */
export const DELEGATION_COMMANDS = {
  proposed: {
    narrow: 'proposed',
    approve: 'active',
    reject: 'rejected',
    expire: 'expired',
    revoke: 'revoked',
  },
  active: { narrow: 'active', pause: 'paused', revoke: 'revoked' },
  paused: { narrow: 'paused', unpause: 'active', revoke: 'revoked' },
  revoked: {},
  rejected: {},
  expired: {},
} as const satisfies Record<DelegationStatus, Partial<Record<DelegationCommand, DelegationStatus>>>;
