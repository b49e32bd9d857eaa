import type { JsonObject } from '../../definition/index.ts';
import {
  checkPolicy,
  readProfile,
  readStandingGrant,
  type Person,
  type PolicySet,
} from '../../policy/index.ts';
import { no, type Refused } from '../organisation/outcome.ts';
import type { PolicyChange } from './records.ts';

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
  /** There is nobody else who could decide. */
  readonly alone: boolean;
  /** Whether the approver may decide what this policy asks to have approved. */
  readonly isNamed: (parties: readonly string[]) => boolean;
}

/** What is wrong with a document. */
export function problemsOf(
  what: PolicyChange['what'],
  document: JsonObject | null,
): readonly { readonly message: string }[] {
  if (what === 'save_policy') return checkPolicy(document).filter(({ severity }) => severity === 'error');
  if (what === 'save_profile') {
    const read = readProfile(document, 1);
    return read.ok ? [] : read.problems;
  }
  const read = readStandingGrant(document, { grantedAt: 0, restsOn: [] });
  return read.ok ? [] : read.problems;
}

/** A standing grant stands in for approvals that policies in force ask for, and for nothing else. */
export function uncovered(covers: readonly string[], set: PolicySet | undefined): Refused | null {
  const wrong = covers.find(
    (name) =>
      !set?.policies.some(
        ({ id, version, on, terms }) =>
          `${id}@${version}` === name && on === 'tool.call' && terms.effect === 'require_approval',
      ) && !name.startsWith('profile:'),
  );
  return wrong === undefined
    ? null
    : no('policy_unknown', `${wrong} is no policy in force that asks for approvals of calls.`);
}
