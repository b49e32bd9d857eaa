import { canonical, toHex, type Sha256 } from '../../ledger/index.ts';
import { asked, nextDeadline, type ApprovalObligation, type AskedApproval } from '../../policy/index.ts';
import type { Person } from '../../policy/index.ts';
import { accountableFor, type Delegation, type Passport } from '../../routing/index.ts';

/** What policies ask of a delegation before it holds, and what has come of it. */
export interface DelegationProposal {
  /** Of exactly what would hold: what an approval names. */
  readonly digest: string;
  readonly approvals: readonly AskedApproval[];
  /** Why, each with its code. */
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  /** Who stands behind it: who has written it, the last first; who gives and who gets it; and the chain that it rests on. */
  readonly authors: readonly Person[];
  readonly proposedAt: number;
  /** Null while it is open, and where time has ended it. */
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly decision: string | null;
}

/** A delegation as it is kept. */
export interface DelegationRecord extends Delegation {
  /** Null where nothing was asked. */
  readonly proposal: DelegationProposal | null;
}

export const delegationRecord = (stored: Delegation & Partial<DelegationRecord>): DelegationRecord => ({
  ...stored,
  proposal: stored.proposal ?? null,
});

export const digestOf = (
  { id, from, to, under, scope, constraints, expiresAt }: Delegation,
  sha256: Sha256,
): string => toHex(sha256(canonical({ id, from, to, under, scope, constraints, expiresAt })));

export const proposalOf = (
  digest: string,
  {
    approvals,
    reasons,
    authors,
  }: Pick<DelegationProposal, 'reasons' | 'authors'> & { readonly approvals: readonly ApprovalObligation[] },
  now: number,
): DelegationProposal => ({
  digest,
  approvals: asked(approvals, now),
  reasons,
  authors,
  proposedAt: now,
  decidedBy: null,
  decidedAt: null,
  decision: null,
});

/** When time does something to what is proposed, ms since the epoch; null is never. */
export const dueOf = ({ status, expiresAt, proposal }: DelegationRecord): number | null => {
  if (status !== 'proposed' || !proposal) return null;
  const deadline = nextDeadline(proposal.approvals);
  return deadline === null || expiresAt === null ? (deadline ?? expiresAt) : Math.min(deadline, expiresAt);
};

export const personOf = (passport: Passport): Person => ({
  id: passport.id,
  kind: passport.kind,
  accountable: accountableFor(passport),
  actsFor: [],
});

/** What entries tell of a delegation: its terms, and where it is asked for, by whom. */
export const told = ({ proposal, ...delegation }: DelegationRecord): object => {
  if (!proposal) return delegation;
  const { digest, approvals, reasons } = proposal;
  return { ...delegation, digest, approvals, reasons: reasons.map(({ code }) => code) };
};
