/** On what an act rests. `id` names the policy, definition, approval, delegation, role or system rule; `version` pins it. */
export interface Authority {
  readonly kind: 'policy' | 'definition' | 'approval' | 'delegation' | 'role' | 'system';
  readonly id: string;
  readonly version?: string;
  /** Of a delegation: the whole chain that it rests on, the first first; itself last. */
  readonly chain?: readonly DelegationLink[];
}

/** `from` lets `to` act for it; `accountable` is the human who answers for `to`. Passport ids. */
export interface DelegationLink {
  readonly delegation: string;
  readonly from: string;
  readonly to: string;
  readonly accountable: string | null;
}

/** Who did it (`actor`, a passport id or `system:NAME`), for which accountable human, on what authority. */
export interface Attribution {
  readonly actor: string;
  readonly onBehalfOf: string | null;
  readonly authority: Authority;
}

/** Everybody who has a part in it: who did it, for whom, and who let them, with the humans who answer for these. */
export const partiesTo = ({ actor, onBehalfOf, authority }: Attribution): readonly string[] => {
  const parties = [actor, onBehalfOf];
  for (const { from, to, accountable } of authority.chain ?? []) parties.push(from, to, accountable);
  return parties.filter((party) => party !== null);
};

/** The engine itself, which carries out what a definition says. */
export const ENGINE_ACTOR = 'system:humanos';

/** What nobody does, as the system does it by its own rules, is done for the human who answers for the run. */
export const forWhom = (by: Attribution, accountable: string | null): Attribution =>
  by.onBehalfOf === null && by.authority.kind === 'system' ? { ...by, onBehalfOf: accountable } : by;
