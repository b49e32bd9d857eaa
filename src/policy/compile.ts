/**
 * Makes an immutable set of policies from their documents.
 *
 * SET-1  The order of the documents does not matter: a set is ordered by id.
 * SET-2  A set has all of its policies or does not exist: one that cannot be read is not left out.
 */
import type { Condition } from '../definition/condition.ts';
import { parseDuration } from '../definition/duration.ts';
import { isObject, type Json } from '../definition/json.ts';
import { isError, type DefinitionProblem } from '../definition/problem.ts';
import { readPolicy } from './check.ts';
import { POINTS, type Point } from './facts.ts';
import { compareText, sorted } from './policy.ts';
import type { ApprovalTerms, LimitTerms, Policy, PolicySet, Terms } from './policy.ts';
import type { DocumentOf, PolicyDocument } from './schema.ts';

/** A saved version of a policy. `digest` is over its document. */
export interface PolicySource {
  readonly document: Json;
  readonly version: number;
  readonly digest: string;
}
export type CompiledPolicies =
  | { readonly ok: true; readonly set: PolicySet }
  | { readonly ok: false; readonly problems: readonly (DefinitionProblem & { readonly policy: string })[] };

/** `digest` names the whole set, and is made by the caller of what is in it. */
export function compilePolicies(sources: readonly PolicySource[], digest: string): CompiledPolicies {
  const problems: (DefinitionProblem & { policy: string })[] = [];
  const policies = new Map<string, Policy>();
  for (const source of sources) {
    const read = readPolicy(source.document);
    const name = nameOf(source.document);
    problems.push(...read.problems.filter(isError).map((problem) => ({ ...problem, policy: name })));
    if (read.policy === null) continue;
    const policy = compilePolicy(read.policy.document, read.policy.when, source);
    if (policies.has(policy.id)) problems.push(duplicate(policy.id));
    policies.set(policy.id, policy);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, set: setOf([...policies.values()], digest) };
}

const nameOf = (document: Json): string =>
  isObject(document) && typeof document['id'] === 'string' ? document['id'] : '';

const duplicate = (id: string): DefinitionProblem & { policy: string } => ({
  code: 'duplicate_id',
  severity: 'error',
  path: 'id',
  message: `There are two policies '${id}'; a set has one version of each.`,
  policy: id,
});

/** The set of no policies: what is left is the profile of the organisation. */
export const noPolicies = (digest: string): PolicySet => setOf([], digest);

function setOf(policies: readonly Policy[], digest: string): PolicySet {
  const ordered = Object.freeze([...policies].sort((a, b) => compareText(a.id, b.id)));
  const at = Object.fromEntries(
    POINTS.map((point) => [point, Object.freeze(ordered.filter(({ on }) => on === point))]),
  ) as { [P in Point]: readonly Policy[] };
  return Object.freeze({ digest, policies: ordered, at: Object.freeze(at) });
}

function compilePolicy(
  document: PolicyDocument,
  when: Condition | null,
  { version, digest }: PolicySource,
): Policy {
  const { id, description, on, confidenceBelow, reason } = document;
  return Object.freeze({
    id,
    version,
    digest,
    description: description ?? null,
    on,
    when,
    confidenceBelow: confidenceBelow ?? null,
    terms: termsOf(document),
    code: (document.effect === 'deny' ? document.code : undefined) ?? id,
    reason: reason ?? description ?? `The policy ${id} says so.`,
  });
}

function termsOf(document: PolicyDocument): Terms {
  switch (document.effect) {
    case 'deny':
      return { effect: 'deny' };
    case 'require_approval':
      return {
        effect: 'require_approval',
        approval: { ...approvalOf(document), everyTime: document.everyTime ?? false },
      };
    case 'limit':
      return { effect: 'limit', limits: limitsOf(document) };
    default:
      return { effect: document.effect, to: sorted(listed(document.to)) };
  }
}

type AuthoredApproval = Pick<
  DocumentOf<'require_approval'>,
  'from' | 'quorum' | 'within' | 'escalate' | 'distinctFrom' | 'reasonRequired'
>;

/** `everyTime` is a matter of policies alone. */
export const approvalOf = (authored: AuthoredApproval): ApprovalTerms => ({
  from: sorted(listed(authored.from)),
  quorum: authored.quorum ?? 1,
  within: milliseconds(authored.within),
  escalate: listed(authored.escalate),
  distinctFrom: sorted(listed(authored.distinctFrom)),
  reasonRequired: authored.reasonRequired ?? false,
  everyTime: false,
});

const limitsOf = (authored: DocumentOf<'limit'>): LimitTerms => ({
  concurrency: authored.concurrency ?? null,
  tasks: authored.tasks ?? null,
  tokens: authored.tokens ?? null,
  cost: authored.cost === undefined ? [] : [authored.cost],
  duration: milliseconds(authored.duration),
});

export const listed = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

const milliseconds = (value: string | undefined): number | null =>
  value === undefined ? null : parseDuration(value);
