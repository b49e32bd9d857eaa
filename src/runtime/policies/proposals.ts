import type { JsonObject } from '../../definition/index.ts';
import {
  checkPolicy,
  checkProfile,
  profileName,
  readStandingGrant,
  restingOn,
  type ApprovalTerms,
  type Person,
} from '../../policy/index.ts';
import type { Asks } from '../authority.ts';
import { no, type Refused } from '../organisation/outcome.ts';
import type { InForce, PolicyChange } from './records.ts';

export interface Proposed {
  readonly id: string;
  readonly what: PolicyChange['what'];
  readonly name: string;
  readonly document: JsonObject | null;
  readonly covers: readonly string[];
  readonly author: Person;
  readonly reason: string | null;
}

export interface Decision {
  readonly approver: Person;
  /** Digest of what was shown. */
  readonly digest: string;
  readonly reason: string | null;
  readonly applyTo: 'new' | 'running';
  /** Why they may not, as they are by then. */
  readonly refused: (change: PolicyChange | null) => Refused | null;
  /** There is nobody else who could decide. */
  readonly alone: boolean;
  /** Who would call under a standing grant: whoever answers for them has it decided by others. */
  readonly callers: readonly Person[];
  /** Whether the approver may decide what this policy asks to have approved. */
  readonly isNamed: (parties: readonly string[]) => boolean;
}

/** What is wrong with a document. */
export function problemsOf(
  what: PolicyChange['what'],
  document: JsonObject | null,
): readonly { readonly message: string }[] {
  if (what === 'save_policy') return checkPolicy(document).filter(({ severity }) => severity === 'error');
  if (what === 'save_profile') return checkProfile(document).filter(({ severity }) => severity === 'error');
  const read = readStandingGrant(document, { grantedAt: 0, restsOn: [] });
  return read.ok ? [] : read.problems;
}

/** A standing grant stands in for approvals that are asked for by what is in force, and for nothing else. */
export function uncovered(covers: readonly string[], inForce: InForce | null): Refused | null {
  for (const name of covers) {
    const approval = inForce && approvalUnder(name, inForce);
    if (!approval)
      return no('policy_unknown', `${name} is no policy in force that asks for approvals of calls.`);
    if (approval.everyTime || approval.quorum > 1)
      return no('policy_invalid', `${name} asks for a decision on each call, or by several people.`);
    if (approval.distinctFrom.length > 0)
      return no('policy_invalid', `${name} keeps people of the run out, which no grant for all runs can.`);
  }
  return null;
}

/** Why somebody may not decide on a standing grant: who decides on the calls decides on what stands in for them. */
export function refusesGrant(
  covers: readonly string[],
  inForce: InForce | null,
  isNamed: Decision['isNamed'],
): Refused | null {
  const refused = uncovered(covers, inForce);
  if (refused) return refused;
  for (const name of covers) {
    const from = (inForce && approvalUnder(name, inForce)?.from) ?? [];
    if (!isNamed(from))
      return no('not_eligible', `Calls under ${name} are approved by ${from.join(', ')}.`, { from });
  }
  return null;
}

/** What asks somebody about calls that a standing grant would stand in for. */
export function askingAbout(
  covers: readonly string[],
  inForce: InForce | null,
  isNamed: Decision['isNamed'],
): Asks {
  const asking = covers.flatMap((name) => {
    const approval = inForce && approvalUnder(name, inForce);
    return approval && isNamed(approval.from) ? [{ name, from: approval.from }] : [];
  });
  return { from: asking.flatMap(({ from }) => from), policies: asking.map(({ name }) => name) };
}

/** What calls need that rest on this name: a version of a policy or of the profile. Null where nothing in force asks for it. */
function approvalUnder(name: string, { set, profile }: InForce): ApprovalTerms | null {
  if (name === profileName(profile)) return profile.approval;
  const policy = set.policies.find((one) => restingOn(one) === name);
  return policy?.on === 'tool.call' && policy.terms.effect === 'require_approval'
    ? policy.terms.approval
    : null;
}
