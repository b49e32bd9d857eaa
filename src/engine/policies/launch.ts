import type { Limits } from '../../definition/graph.ts';
import { tighten } from '../../policy/combine.ts';
import type { ApprovalObligation, Ruling } from '../../policy/index.ts';
import {
  askedOn,
  asksApproval,
  cappedBy,
  codeOf,
  leaving,
  ruledOf,
  whyOf,
  type Ruled,
} from '../../policy/ruling.ts';
import { isLeftToPeople } from '../../policy/tool-gate.ts';
import { announce } from '../announce.ts';
import { voicesOf } from '../approvals/terms.ts';
import type { Attribution, Authority } from '../attribution.ts';
import type { CommandOf } from '../command.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import { rejectRun } from '../finish.ts';
import { launchTimer } from '../ids.ts';
import { CAPS, sameCaps, wordsOf, type Cap } from '../limits.ts';
import { denialBy, denied, withRuling, type Beginning, type Boundaries } from './ruling.ts';
import type { Allowed, Launch, LaunchApproval } from './state.ts';
import type { RunState } from '../state.ts';

/**
 * Policies at the start of a run.
 *
 * LAUNCH-1  Caps only become tighter by policies, and nobody raises them above those that it began under.
 * LAUNCH-2  A run that needs an approval waits before anything of it opens, and is decided by those whom the policy names; never by
 *           those who started it. What they say counts for the limits that they were shown, and for what policies ask by then.
 * LAUNCH-3  An approval that nobody gives in time goes up, and in the end the run is rejected; it is never approved by itself.
 */
export interface Launched {
  readonly limits: Limits;
  /** Where policies have made them tighter, what it would have had. */
  readonly asked?: Limits;
  readonly launch: Launch | null;
  readonly ruled?: Ruled;
}

export const launchOf = (draft: Draft, begun: Beginning, limits: Limits): Launched | Rejection => {
  const ruling = draft.moment.boundaries?.rule({ point: 'run.start', begun, limits }, null) ?? null;
  if (!ruling) return { limits, launch: null };
  if (ruling.verdict === 'deny') return denied(ruling, draft, 'The run may not be started.');
  if (isLeftToPeople(ruling) && !isPerson(draft, begun.startedBy))
    return refuse('human_required', `The run is to be started by a person. ${whyOf(leaving(ruling))}`);
  const tightened = tighten(limits, ruling.limits);
  if (!tightened.ok) return refuse(tightened.code, tightened.message);
  const approvals = asksApproval(ruling).map((approval) => waiting(draft, approval));
  const launch = approvals.length > 0 ? { reasons: codesOf(ruling), approvals } : null;
  return {
    limits: tightened.limits,
    ...(!sameCaps(tightened.limits, limits) && { asked: limits }),
    launch,
    ...(ruling.counts && { ruled: ruledOf(ruling, draft.moment) }),
  };
};

const isPerson = ({ moment }: Draft, id: string): boolean => moment.boundaries?.isPerson(id) ?? false;

/** Limits that a run may go on with: on what they are given, and what policies say of them. */
interface Raised extends Pick<Allowed, 'ruled'> {
  readonly by: Attribution;
}

/** By the policies that it keeps; else why it may not go on with them. Whom they `notify` of a start is told of that alone. */
export const raise = (
  draft: Draft,
  { limits: asked = {}, as = [] }: CommandOf<'resume'>,
  raised: Limits,
): Rejection | Raised => {
  const { state, moment } = draft;
  const { by } = moment;
  const question = { point: 'run.start', begun: state, limits: raised } as const;
  const ruling = moment.boundaries?.rule(question, state) ?? null;
  if (!ruling) return { by };
  if (ruling.verdict === 'deny') return denied(ruling, draft, 'The run may not go on with these limits.');
  if (isLeftToPeople(ruling) && !isPerson(draft, by.actor))
    return refuse('human_required', `Such limits are given by a person. ${whyOf(leaving(ruling))}`);
  const isShown = isHeld(state) || !CAPS.some((cap) => isAbove(raised[cap], state.limits[cap]));
  const asking = asksApproval(ruling);
  const unasked = asking.filter(
    (approval) => !(isShown ? wasAsked(state, approval) : isGivenBy(approval, as)),
  );
  if (unasked.length > 0) {
    const from = decidersOf(unasked);
    const what = `With these limits a run begins only when ${from.join(', ')} have approved it.`;
    const then = unasked.every((approval) => wasAsked(state, approval))
      ? 'Whoever of them may approve it alone may give them; else start anew.'
      : 'Start anew.';
    return refuse('limit_of_policy', `${what} ${whyOf(ruling)} ${then}`, { from });
  }
  const capped = tighten(raised, ruling.limits);
  if (!capped.ok) return refuse(capped.code, capped.message);
  const over = CAPS.filter(
    (cap) => asked[cap] !== undefined && wordsOf(capped.limits[cap]) !== wordsOf(raised[cap]),
  );
  if (over.length === 0) {
    const told = withRuling(draft, { ...ruling, notifications: [] });
    return { by: isShown ? by : onStanding(by, asking, as), ...told };
  }
  const policies = cappedBy(ruling);
  const caps = over.map((cap) => `${cap}: ${wordsOf(capped.limits[cap])}`);
  return refuse(
    'limit_of_policy',
    `Run ${state.run} is capped by ${policies.join(', ')}. It may have ${caps.join(', ')}.`,
    { policies, caps: Object.fromEntries(over.map((cap) => [cap, capped.limits[cap]])) },
  );
};

const decidersOf = (approvals: readonly Pick<ApprovalObligation, 'from'>[]): readonly string[] => [
  ...new Set(approvals.flatMap(({ from }) => from)),
];

/** It waits for its approval again when it goes on, by those who are shown what it has then. */
const isHeld = ({ heldAt }: RunState): boolean => heldAt !== undefined;

const isAbove = (cap: Cap, before: Cap): boolean => {
  const amount = (one: Cap): number => (typeof one === 'number' ? one : (one?.amount ?? Infinity));
  const currency = (one: Cap): string | null => (typeof one === 'object' ? (one?.currency ?? null) : null);
  return amount(cap) > amount(before) || (before !== null && currency(cap) !== currency(before));
};

/** Who might approve alone, and without more words, does so with the limits that they give. */
const isGivenBy = ({ from, quorum, reasonRequired }: ApprovalObligation, as: readonly string[]): boolean =>
  quorum === 1 && !reasonRequired && from.some((party) => as.includes(party));

const ROLE = 'role:';

/** On the role by which they might approve alone, else on the policy that asks: what lets them operate runs does not let them do this. */
const onStanding = (
  by: Attribution,
  [asked]: readonly ApprovalObligation[],
  as: readonly string[],
): Attribution => {
  if (!asked || by.authority.kind === 'delegation') return by;
  const role = asked.from.find((party) => party.startsWith(ROLE) && as.includes(party));
  const authority: Authority | null =
    role === undefined ? askedOn(asked) : { kind: 'role', id: role.slice(ROLE.length) };
  return authority ? { ...by, authority } : by;
};

/** What was approved of the start is none of other limits. */
export const isAnew = ({ state }: Draft, raised: Limits): boolean =>
  isHeld(state) && state.boundaries?.launch != null && !sameCaps(raised, state.limits);

const wasAsked = ({ boundaries }: RunState, { restsOn }: ApprovalObligation): boolean =>
  boundaries?.launch?.approvals.some((asked) => restsOn.every((name) => asked.restsOn.includes(name))) ??
  false;

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

/** The approvals for which one of the parties `as` is named; with their places. */
const namedIn = (launch: Launch, as: readonly string[]): [number, LaunchApproval][] =>
  [...launch.approvals.entries()].filter(([, { from }]) => from.some((party) => as.includes(party)));

/** One person is one voice: whoever decides, and in whose name they do. */
export const isOpenTo = (approval: LaunchApproval, voices: readonly string[]): boolean =>
  !isMet(approval) && !voices.some((voice) => hasEndorsed(approval, voice));

/** Whether somebody has approved, or somebody has for them. */
export const hasEndorsed = ({ decided, inNameOf }: LaunchApproval, passport: string): boolean =>
  decided.includes(passport) || (inNameOf?.includes(passport) ?? false);

/** Whether somebody who would decide as these is still asked to approve the start. */
export const awaitsEndorsement = (
  launch: Launch,
  voices: readonly string[],
  as: readonly string[],
): boolean => namedIn(launch, as).some(([, approval]) => isOpenTo(approval, voices));

/** Null where the whole start is approved with this; else what is refused, or `waits` for others. */
const endorse = (
  draft: Draft,
  launch: Launch,
  { reason, as, inNameOf }: CommandOf<'approve'>,
): Rejection | 'waits' | null => {
  const { actor, onBehalfOf } = draft.moment.by;
  const other = inNameOf ?? onBehalfOf;
  const named = namedIn(launch, as ?? [actor]);
  if (named.length === 0) {
    const from = decidersOf(launch.approvals);
    return refuse('not_eligible', `The start is decided by ${from.join(', ')}, and not by ${actor}.`, {
      from,
    });
  }
  const open = named.filter(([, approval]) => isOpenTo(approval, voicesOf(draft.moment.by, inNameOf)));
  if (open.length === 0)
    return refuse('already_decided', `${actor} has decided on the start already, or somebody has for them.`);
  if (!reason && open.some(([, { reasonRequired }]) => reasonRequired))
    return refuse('reason_required', 'A decision on this start needs a reason.');
  draft.emit('launch.endorsed', 'decide', {
    reason: reason ?? null,
    approvals: open.map(([at]) => at),
    heard: true,
    ...(other !== null && other !== actor && { inNameOf: other }),
  });
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

interface StartObjection extends Rejection {
  readonly ruling: Ruling;
}

/**
 * Why no approval lets a start begin that waits for one; null where one does. Policies may hold since for runs that had begun, and what
 * they see may have changed.
 */
export const objectionToStart = (state: RunState, boundaries: Boundaries): StartObjection | null => {
  const limits = state.asked ?? state.limits;
  const ruling = boundaries.rule({ point: 'run.start', begun: state, limits }, state);
  if (!ruling) return null;
  const why = whyOf(ruling);
  if (ruling.verdict === 'deny')
    return { ...refuse(codeOf(ruling), `The run may not begin. ${why}`), ruling };
  if (isLeftToPeople(ruling) && !boundaries.isPerson(state.startedBy))
    return {
      ...refuse('human_required', `The run is to be started by a person. ${whyOf(leaving(ruling))}`),
      ruling,
    };
  const unasked = asksApproval(ruling).filter((approval) => !wasAsked(state, approval));
  if (unasked.length === 0) return null;
  const from = decidersOf(unasked);
  const what = `By now the start takes an approval of ${from.join(', ')}; start anew.`;
  return { ...refuse('approval_insufficient', `${what} ${why}`, { from }), ruling };
};

const askedSince = (draft: Draft): Rejection | null => {
  const { state, moment } = draft;
  const found = moment.boundaries ? objectionToStart(state, moment.boundaries) : null;
  if (!found) return null;
  const { ruling, ...refusal } = found;
  return ruling.verdict === 'deny' ? { ...refusal, details: denialBy(ruling, draft) } : refusal;
};

export const approveLaunch = (draft: Draft, command: CommandOf<'approve'>): Rejection | null => {
  const refusal = askedSince(draft);
  if (refusal) return refusal;
  const launch = draft.state.boundaries?.launch ?? null;
  const answer = launch && endorse(draft, launch, command);
  if (answer === 'waits') return null;
  if (answer) return answer;
  draft.emit('run.approved', 'decide', { reason: command.reason ?? null, heard: true });
  announce(draft);
  return null;
};
