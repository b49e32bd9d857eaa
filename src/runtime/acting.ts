import type { DelegationLink } from '../engine/index.ts';
import type { FullPassport, Passport } from '../routing/index.ts';

/** Under which delegations somebody acts, the one that all rests on first. */
export interface Chain {
  readonly links: readonly DelegationLink[];
  /** How often the last delegation has been written: what it said when it was acted under. */
  readonly revision: number;
  /** Whose authority it is. */
  readonly grantor: FullPassport;
  /** Whether everybody in it is a person. */
  readonly people: boolean;
  /** The human who answers for the grantor. */
  readonly accountable: string | null;
}

/**
 * A participant that acts under a delegation: itself, with what the grantor may and can do, narrowed. Only operations make one, when
 * they admit a request; nobody keeps it.
 */
export interface Acting extends FullPassport {
  readonly under: Chain;
}

/** Null for somebody who acts on its own. */
export const chainOf = (passport: Passport): Chain | null => (passport as Partial<Acting>).under ?? null;

/** Everybody who has a part in what somebody does under a delegation, and the humans who answer for them. */
export const partiesOf = ({ links, accountable }: Chain): ReadonlySet<string> => {
  const parties = new Set(
    links.flatMap(({ from, to, accountable: human }) => [from, to, ...(human ? [human] : [])]),
  );
  return accountable === null ? parties : parties.add(accountable);
};
