/**
 * Changes of what binds everybody are themselves bound: who wants one does not decide on it.
 *
 * CHANGE-1  Another human approves than the one who answers for the author; also through agents and delegations.
 * CHANGE-2  What was approved is exactly what was shown.
 * CHANGE-3  What makes the organisation stricter at once needs no second person: the emergency stop.
 */
export type ChangeStatus = 'proposed' | 'active' | 'rejected' | 'withdrawn' | 'superseded' | 'retired';
export type ChangeCommand = 'approve' | 'reject' | 'withdraw' | 'supersede' | 'retire';

/** A version of a policy or of the profile. `supersede` follows from the approval of a newer one, `retire` from its own approval. */
export const CHANGE_COMMANDS = {
  proposed: { approve: 'active', reject: 'rejected', withdraw: 'withdrawn' },
  active: { supersede: 'superseded', retire: 'retired' },
  rejected: {},
  withdrawn: {},
  superseded: {},
  retired: {},
} as const satisfies Record<ChangeStatus, Partial<Record<ChangeCommand, ChangeStatus>>>;

/** Whether a second person has to agree. */
export const NEEDS_SECOND_PERSON = {
  save_policy: true,
  retire_policy: true,
  save_profile: true,
  standing_grant: true,
  emergency_stop: false,
  lift_emergency_stop: true,
} as const satisfies { readonly [what: string]: boolean };
export type GovernedChange = keyof typeof NEEDS_SECOND_PERSON;

/** Who acts, and which humans stand behind it. */
export interface Person {
  /** Passport. */
  readonly id: string;
  readonly kind: 'human' | 'agent' | 'system';
  /** The human who answers for it, itself where it is human; null where nobody does. */
  readonly accountable: string | null;
  /** Accountable humans of those for whom it acts by delegation. */
  readonly actsFor: readonly string[];
}
export interface ProposedChange {
  readonly what: GovernedChange;
  readonly status: ChangeStatus;
  /** Of what would hold. */
  readonly digest: string;
  /** Who wrote it, the first and all who changed it since. */
  readonly authors: readonly Person[];
}
export interface ChangeRefusal {
  readonly code: 'already_decided' | 'approval_stale' | 'human_required' | 'separation_of_duties';
  readonly message: string;
}

/** Why this approval does not count; null where it does. `shown` is the digest of what was shown. */
export function refusesApproval(
  change: ProposedChange,
  approver: Person,
  shown: string,
): ChangeRefusal | null {
  if (!('approve' in CHANGE_COMMANDS[change.status]))
    return { code: 'already_decided', message: `The change is ${change.status}.` };
  if (shown !== change.digest)
    return { code: 'approval_stale', message: 'The change is no longer what was shown; look at it again.' };
  if (approver.kind !== 'human')
    return { code: 'human_required', message: 'A change of what binds everybody is approved by a human.' };
  return NEEDS_SECOND_PERSON[change.what] ? refusesJudge('the change', change.authors, approver) : null;
}

/** CHANGE-1: why somebody is no judge of what these have made, `what` in words; null where they are. */
export function refusesJudge(what: string, authors: readonly Person[], judge: Person): ChangeRefusal | null {
  const behind = humansBehind(judge);
  for (const author of authors) {
    if (author.accountable === null)
      return separation(`Nobody answers for ${author.id}, so nobody can be told to be somebody else.`);
    const shared = [...humansBehind(author)].find((human) => behind.has(human));
    if (shared !== undefined)
      return separation(`${shared} stands behind ${what} and cannot approve it as well.`);
  }
  return null;
}

const separation = (message: string): ChangeRefusal => ({ code: 'separation_of_duties', message });

const humansBehind = ({ id, kind, accountable, actsFor }: Person): ReadonlySet<string> =>
  new Set([...(kind === 'human' ? [id] : []), ...(accountable === null ? [] : [accountable]), ...actsFor]);
