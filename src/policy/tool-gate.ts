/**
 * Whether an agent may call a tool now, on what, or what has to happen first.
 *
 * GATE-1  No grant goes above a denial, and none stands in for a human who is to do the work.
 * GATE-2  A grant counts for what it rests on: it carries a call only where it covers all that the ruling asks today.
 * GATE-3  One call has one grant, and one grant has one call: a call that was made is not made again, one that has begun goes on
 *         under its own, and another call with the same arguments asks for itself. A no is to all of them.
 */
import type { Work } from '../definition/graph.ts';
import { RULING_WORK } from './evaluate.ts';
import type { FactsOf } from './facts.ts';
import { compareText } from './policy.ts';
import { asksApproval, leaving, leftBy, whyOf, type ApprovalObligation, type Ruling } from './ruling.ts';
import { isAbout, useGrant, type StandingGrant, type StandingGrantState } from './standing-grant.ts';
import type { ToolRequest } from './tool-request.ts';

export interface Asking {
  /** The same for every repetition of the same call. */
  readonly call: string;
  /** As `digestOfCall` makes it of the tool and the arguments in `facts`. */
  readonly digest: string;
  readonly facts: FactsOf<'tool.call'>;
  /** At `tool.call`, on these facts. */
  readonly ruling: Ruling;
}
/** What has been asked and granted so far. */
export interface Grants {
  /** Of the same task. */
  readonly requests: readonly ToolRequest[];
  readonly standing: readonly { readonly grant: StandingGrant; readonly state: StandingGrantState }[];
}

export type MayCall =
  /** Without any grant, as nothing asks for one. */
  | { readonly may: 'call'; readonly grant: null }
  /** On the grant of this request, which is for one call (TOOL-2); where it has begun, it goes on. */
  | { readonly may: 'call'; readonly grant: 'request'; readonly request: string }
  /** `state` is that of the grant after this call. */
  | {
      readonly may: 'call';
      readonly grant: 'standing';
      readonly id: string;
      readonly state: StandingGrantState;
    }
  /** Somebody is asked already. */
  | { readonly may: 'wait'; readonly request: string }
  /** An approval has to be asked for. */
  | { readonly may: 'ask'; readonly code: AskCode; readonly obligations: readonly ApprovalObligation[] }
  | { readonly may: 'not'; readonly code: NotCode; readonly message: string };

/** Why what there is does not do. */
export type AskCode =
  | 'no_grant'
  | 'arguments_changed'
  | 'grant_used'
  | 'grant_expired'
  | 'grant_revoked'
  | 'rejected_before'
  | 'approval_insufficient';
export type NotCode = 'policy_denied' | 'human_required' | 'already_called' | 'call_differs';

export function mayCall(
  asking: Asking,
  grants: Grants,
  now: number,
  work: Work = { left: RULING_WORK },
): MayCall {
  const { call, digest, facts, ruling } = asking;
  const own = grants.requests.filter(({ agent, task }) => agent === facts.agent.id && task === facts.task.id);
  const begun = own.findLast((request) => request.call === call);
  if (begun?.status === 'used') return not('already_called', 'This call was made; its result is on record.');
  if (ruling.verdict === 'deny') return not('policy_denied', whyOf(ruling));
  if (begun !== undefined && begun.digest !== digest)
    return not('call_differs', 'This call has begun with other arguments.');
  if (begun?.status === 'calling') return { may: 'call', grant: 'request', request: begun.id };
  if (isLeftToPeople(ruling)) return not('human_required', whyOf(leaving(ruling)));
  const obligations = asksApproval(ruling);
  if (obligations.length === 0) return { may: 'call', grant: null };
  const same = own.filter((request) => request.call === call && request.digest === digest);
  const granted = same.find(
    (request) =>
      request.status === 'granted' && now < request.expiresAt && suffices(request.restsOn, obligations),
  );
  if (granted) return { may: 'call', grant: 'request', request: granted.id };
  const waiting = same.find((request) => request.status === 'waiting' && now < request.expiresAt);
  if (waiting) return { may: 'wait', request: waiting.id };
  return (
    standingFor(asking, obligations, grants, now, work) ?? {
      may: 'ask',
      code: askCode(asking, own, now),
      obligations,
    }
  );
}

const not = (code: NotCode, message: string): MayCall => ({ may: 'not', code, message });

/** Whether what was approved covers all that is asked. */
export const suffices = (
  covered: readonly string[],
  obligations: readonly Pick<ApprovalObligation, 'restsOn'>[],
): boolean => obligations.every(({ restsOn }) => restsOn.every((name) => covered.includes(name)));

/** Whether a human is to do it, so that no grant lets anybody else (GATE-1). */
export const isLeftToPeople = (ruling: Ruling): boolean => leftBy(ruling).length > 0;

/** Whether a standing grant is for such a call, and covers all that is asked of it (GATE-2). */
export const standsFor = (
  grant: StandingGrant,
  obligations: readonly ApprovalObligation[],
  facts: FactsOf<'tool.call'>,
  work?: Work,
): boolean =>
  !obligations.some(({ everyTime }) => everyTime) &&
  suffices(grant.restsOn, obligations) &&
  isAbout(grant, facts, work);

/** The first by id that carries the call. */
function standingFor(
  { facts }: Asking,
  obligations: readonly ApprovalObligation[],
  { standing }: Grants,
  now: number,
  work: Work,
): MayCall | null {
  const ordered = [...standing].sort((a, b) => compareText(a.grant.id, b.grant.id));
  for (const { grant, state } of ordered) {
    if (!standsFor(grant, obligations, facts, work)) continue;
    const used = useGrant(grant, state, facts, now, work);
    if (used.ok) return { may: 'call', grant: 'standing', id: grant.id, state: used.value };
  }
  return null;
}

const OF_STATUS: { readonly [status in ToolRequest['status']]: AskCode } = {
  waiting: 'grant_expired',
  granted: 'approval_insufficient',
  calling: 'grant_used',
  used: 'grant_used',
  rejected: 'rejected_before',
  withdrawn: 'no_grant',
  revoked: 'grant_revoked',
  expired: 'grant_expired',
};

/** A no was to all calls with these arguments. Of the same call the newest request tells most; they come in the order in which they were made. */
function askCode({ call, digest, facts }: Asking, own: readonly ToolRequest[], now: number): AskCode {
  const alike = own.filter((request) => request.digest === digest);
  if (alike.some(({ status }) => status === 'rejected')) return 'rejected_before';
  const last =
    alike.findLast((request) => request.call === call) ?? alike.findLast(({ status }) => BEGUN.has(status));
  if (last !== undefined)
    return last.status === 'granted' && now >= last.expiresAt ? 'grant_expired' : OF_STATUS[last.status];
  const other = own.some(
    ({ tool, status, digest: of }) => tool === facts.tool.name && status === 'granted' && of !== digest,
  );
  return other ? 'arguments_changed' : 'no_grant';
}
const BEGUN: ReadonlySet<ToolRequest['status']> = new Set(['calling', 'used']);
