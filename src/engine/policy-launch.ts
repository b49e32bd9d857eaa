import type { Limits } from '../definition/graph.ts';
import { tighten } from '../policy/combine.ts';
import type { ApprovalObligation, Ruling } from '../policy/index.ts';
import { asksApproval, ruledOf, whyOf, type Ruled } from '../policy/ruling.ts';
import { announce } from './announce.ts';
import type { CommandOf, StartRun } from './command.ts';
import type { Draft } from './draft.ts';
import { refuse, type Rejection } from './failure.ts';
import { rejectRun } from './finish.ts';
import { launchTimer } from './ids.ts';
import { denied, routesOf } from './policy-ruling.ts';
import type { Launch, LaunchApproval } from './policy-state.ts';

/**
 * Policies at the start of a run.
 *
 * LAUNCH-1  Caps only become tighter by policies, and nobody raises them above those that it began under.
 * LAUNCH-2  A run that needs an approval waits before anything of it opens, and is decided by those whom the policy names; never by
 *           those who started it.
 * LAUNCH-3  An approval that nobody gives in time goes up, and in the end the run is rejected; it is never approved by itself.
 */
export interface Launched {
  readonly limits: Limits;
  readonly launch: Launch | null;
  readonly ruled?: Ruled;
}

export const launchOf = (draft: Draft, command: StartRun, limits: Limits): Launched | Rejection => {
  const begun = { ...command, parent: command.parent ?? null, startedBy: draft.moment.by.actor };
  const ruling = draft.moment.boundaries?.rule({ point: 'run.start', begun, limits }, null) ?? null;
  if (!ruling) return { limits, launch: null };
  if (ruling.verdict === 'deny') return denied(ruling, draft, 'The run may not be started.');
  if (routesOf(ruling).length > 0 && draft.moment.by.onBehalfOf !== draft.moment.by.actor)
    return refuse('human_required', `The run is to be started by a person. ${whyOf(ruling)}`);
  const tightened = tighten(limits, ruling.limits);
  if (!tightened.ok) return refuse(tightened.code, tightened.message);
  const approvals = asksApproval(ruling).map((approval) => waiting(draft, approval));
  const launch = approvals.length > 0 ? { reasons: codesOf(ruling), approvals } : null;
  return {
    limits: tightened.limits,
    launch,
    ...(ruling.counts && { ruled: ruledOf(ruling, draft.moment) }),
  };
};

/** Why the run may not go on with these limits, by the policies that it keeps; null where it may. */
export const aboveCaps = (draft: Draft, asked: Partial<Limits>, raised: Limits): Rejection | null => {
  const { state, moment } = draft;
  const question = { point: 'run.start', begun: state, limits: raised } as const;
  const ruling = moment.boundaries?.rule(question, state) ?? null;
  if (!ruling) return null;
  if (ruling.verdict === 'deny') return denied(ruling, draft, 'The run may not go on with these limits.');
  if (routesOf(ruling).length > 0 && moment.by.onBehalfOf !== moment.by.actor)
    return refuse('human_required', `Such limits are given by a person. ${whyOf(ruling)}`);
  const unasked = asksApproval(ruling).filter((approval) => !wasAsked(draft, approval));
  if (unasked.length > 0) {
    const from = [...new Set(unasked.flatMap((approval) => approval.from))];
    const what = `With these limits a run begins only when ${from.join(', ')} have approved it.`;
    return refuse('limit_of_policy', `${what} ${whyOf(ruling)}`, { from });
  }
  const capped = tighten(raised, ruling.limits);
  if (!capped.ok) return refuse(capped.code, capped.message);
  const over = CAPS.filter(
    (cap) => asked[cap] !== undefined && wordsOf(capped.limits[cap]) !== wordsOf(raised[cap]),
  );
  if (over.length === 0) return null;
  const policies = ruling.reasons.flatMap(({ effect, policy }) =>
    effect === 'limit' && policy ? [`${policy.id}@${policy.version}`] : [],
  );
  const caps = over.map((cap) => `${cap}: ${wordsOf(capped.limits[cap])}`);
  return refuse(
    'limit_of_policy',
    `Run ${state.run} is capped by ${policies.join(', ')}. It may have ${caps.join(', ')}.`,
    { policies, caps: Object.fromEntries(over.map((cap) => [cap, capped.limits[cap]])) },
  );
};

const wasAsked = ({ state }: Draft, { restsOn }: ApprovalObligation): boolean =>
  state.boundaries?.launch?.approvals.some((asked) =>
    restsOn.every((name) => asked.restsOn.includes(name)),
  ) ?? false;

/** Those that a resumption may raise. */
const CAPS = ['concurrency', 'tasks', 'tokens', 'cost'] as const;
const wordsOf = (cap: Limits[(typeof CAPS)[number]]): string =>
  typeof cap === 'object' && cap !== null ? `${cap.amount} ${cap.currency}` : String(cap);

const codesOf = ({ reasons }: Ruling): readonly string[] =>
  reasons.filter(({ effect }) => effect === 'require_approval').map(({ code }) => code);

const waiting = ({ moment }: Draft, approval: ApprovalObligation): LaunchApproval => {
  const { from, quorum, within, escalate, reasonRequired, restsOn } = approval;
  const deadline = within === null ? null : moment.now + within;
  return { from, quorum, within, escalate, reasonRequired, restsOn, decided: [], deadline };
};

/** Of the approvals that are waited for and have a deadline. */
export const watchLaunch = (draft: Draft): void => {
  for (const [at, asked] of launchNow(draft).approvals.entries())
    if (asked.deadline !== null && !isMet(asked))
      draft.setTimer(launchTimer(draft.state.run, at, asked), asked.deadline, {
        kind: 'launch',
        approval: at,
      });
};

export const isMet = ({ decided, quorum }: LaunchApproval): boolean => decided.length >= quorum;

/** The approvals for which somebody is named, also as one of the parties `as`; with their places. */
const namedIn = (launch: Launch, actor: string, as: readonly string[]): [number, LaunchApproval][] =>
  [...launch.approvals.entries()].filter(
    ([, { from }]) => from.includes(actor) || from.some((party) => as.includes(party)),
  );

const isOpenTo = (approval: LaunchApproval, actor: string): boolean =>
  !isMet(approval) && !approval.decided.includes(actor);

/** Whether somebody is still asked to approve the start. */
export const awaitsEndorsement = (launch: Launch, actor: string, as: readonly string[]): boolean =>
  namedIn(launch, actor, as).some(([, approval]) => isOpenTo(approval, actor));

/** Null where the whole start is approved with this; else what is refused, or `waits` for others. */
const endorse = (
  draft: Draft,
  launch: Launch,
  { reason, as = [] }: CommandOf<'approve'>,
): Rejection | 'waits' | null => {
  const { actor } = draft.moment.by;
  const named = namedIn(launch, actor, as);
  if (named.length === 0) {
    const from = [...new Set(launch.approvals.flatMap((approval) => approval.from))];
    return refuse('not_eligible', `The start is decided by ${from.join(', ')}, and not by ${actor}.`, {
      from,
    });
  }
  const open = named.filter(([, approval]) => isOpenTo(approval, actor));
  if (open.length === 0) return refuse('already_decided', `${actor} has decided on the start already.`);
  if (!reason && open.some(([, { reasonRequired }]) => reasonRequired))
    return refuse('reason_required', 'A decision on this start needs a reason.');
  draft.emit('launch.endorsed', 'decide', { reason: reason ?? null, approvals: open.map(([at]) => at) });
  for (const [at, approval] of open)
    if (isMet(launchNow(draft).approvals[at] as LaunchApproval))
      draft.cancelTimer(launchTimer(draft.state.run, at, approval));
  return launchNow(draft).approvals.every(isMet) ? null : 'waits';
};

const launchNow = ({ state }: Draft): Launch => state.boundaries?.launch ?? { reasons: [], approvals: [] };

/** Its time has passed without a decision. */
export const missLaunch = (draft: Draft, at: number): void => {
  const approval = launchNow(draft).approvals[at] as LaunchApproval;
  const [to] = approval.escalate;
  if (to === undefined) {
    const message = `Nobody approved the start in time: it waited for ${approval.from.join(', ')}.`;
    return rejectRun(draft, { code: 'approval_expired', message, layer: 'decide' });
  }
  const deadline = draft.moment.now + (approval.within ?? 0);
  draft.flow('launch.escalated', 'decide', { approval: at, to, deadline });
  const next = launchNow(draft).approvals[at] as LaunchApproval;
  draft.setTimer(launchTimer(draft.state.run, at, next), deadline, { kind: 'launch', approval: at });
};

export const approveLaunch = (draft: Draft, command: CommandOf<'approve'>): Rejection | null => {
  const launch = draft.state.boundaries?.launch ?? null;
  const answer = launch && endorse(draft, launch, command);
  if (answer === 'waits') return null;
  if (answer) return answer;
  draft.emit('run.approved', 'decide', { reason: command.reason ?? null });
  announce(draft);
  return null;
};
