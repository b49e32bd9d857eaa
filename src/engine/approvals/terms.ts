import type { ApprovalNode, Quorum, StageNode, StepNode } from '../../definition/graph.ts';
import { isObject, type Json } from '../../definition/json.ts';
import type { Attribution, Authority } from '../attribution.ts';
import type { CommandOf } from '../command.ts';
import type { Draft } from '../draft.ts';
import type { Failure } from '../failure.ts';
import type { ApprovalStatus } from '../lifecycle.ts';
import { itemOf } from '../item.ts';
import type { Approval, RunState, StepState, Task } from '../state.ts';
import { stepOf } from '../steps.ts';

/**
 * What an approval asks for.
 *
 * TERMS-1  Who is meant by `all`, and which stages there are, is settled when it opens, and again when its subject is changed.
 * TERMS-2  Where it has gone to somebody because nobody decided in time, they are asked in place of the first stage, or of the one
 *          that a deadline takes it from, and as many of them as it asks for by itself. Of people by their names, or of parties with
 *          one voice each, it takes no more than could answer; of roles it does not come to take more than have them now. Where they
 *          are asked beside those who were, it takes no fewer than it did, and `all` are as many as they were.
 */
export type DecisionOutcome = 'approve' | 'approve_with_changes' | 'request_changes' | 'reject' | 'abstain';

export interface Decision {
  readonly participant: string;
  readonly onBehalfOf: string | null;
  /** Whoever is away in whose place it was said, where `onBehalfOf` is somebody else: the grantor of a delegation. */
  readonly inNameOf?: string;
  readonly authority: Authority;
  readonly outcome: DecisionOutcome;
  readonly reason: string | null;
  /** Digest of what was shown. */
  readonly subject: string;
  /** Digest of what the decider made of it; null where they left it as it was. */
  readonly changed: string | null;
  readonly stage: number;
  /** The parties and groups for which it counts, where no two decisions may count for the same. */
  readonly as: readonly string[];
  readonly at: number;
}

/** Who decides, and how many of them it takes. `stage` tells the decisions of one from those of another. */
export interface Stage {
  readonly stage: number;
  readonly from: readonly string[];
  readonly quorum: number;
}

export interface ApprovalTerms {
  /** Stages that come after the first. */
  readonly next: readonly Stage[];
  readonly stage: number;
  readonly distinct: 'people' | 'groups';
  readonly veto: boolean;
  readonly reasoned: boolean;
  readonly keeps: boolean;
  /** Who decides in place of those who reject, one after the other. */
  readonly appeal: readonly string[];
  /** Whoever decides on another approval of the run, be it meanwhile, does not on this, but for those that these policies ask for as well. */
  readonly apart?: readonly string[];
}
/** Left out of what is recorded where it is so. */
export const PLAIN_APPROVAL: ApprovalTerms = {
  next: [],
  stage: 0,
  distinct: 'people',
  veto: true,
  reasoned: false,
  keeps: false,
  appeal: [],
};

/** What an approval asks for from a decision on. */
export interface ApprovalNow extends Stage {
  readonly next: readonly Stage[];
  readonly appeal: readonly string[];
  readonly deadline: number | null;
  /** Where the decider has changed the subject. */
  readonly subject?: { readonly digest: string; readonly input: Json };
}

/** How a decision ends its approval. `output` is its result. */
export interface Settled {
  readonly status: Exclude<ApprovalStatus, 'open' | 'expired' | 'stale' | 'withdrawn'>;
  readonly output: Json;
  /** Where the decider has changed the subject, and the result, which has it too, is an artifact. */
  readonly subject?: Json;
}

/** What was decided on, where this tells it. */
export const decidedOn = ({ subject, output }: Settled): Json | undefined =>
  subject === undefined && isObject(output) ? output['subject'] : subject;

/** Of the parts that are told only where they are not plain. */
export const termsOf = (node: ApprovalNode, [first, ...next]: readonly Stage[]): ApprovalTerms | null => {
  const { distinct, veto, reasoned, keeps, onReject } = node;
  const appeal = onReject.redo === null ? onReject.appeal : [];
  const stage = first?.stage ?? 0;
  const plain =
    distinct === 'people' && veto && !reasoned && !keeps && next.length + appeal.length + stage === 0;
  return plain ? null : { next, stage, distinct, veto, reasoned, keeps, appeal };
};

/**
 * People who may decide: whom the parties stand for now, without those who took part in the work or have to be separate from it.
 * Null when that is not known.
 */
export const electorate = (
  { moment, state }: Draft,
  from: readonly string[],
  separate: readonly string[],
): readonly string[] | null => {
  const people = moment.people?.(from) ?? (from.every(isPassport) ? from : null);
  return people && impartial(state, people, separate);
};

/** Those who neither took part in the work nor have to be separate from it. */
export const impartial = (
  { contributors }: RunState,
  people: readonly string[],
  separate: readonly string[],
): readonly string[] => people.filter((id) => !Object.hasOwn(contributors, id) && !separate.includes(id));

/** Passports that an approval has to be separate from: those who started the run, or did steps that it names. */
export const distinctFrom = ({ state }: Draft, { distinctFrom: named }: ApprovalNode): readonly string[] => {
  const passports = named.flatMap((name): readonly (string | null)[] =>
    name === 'initiator'
      ? [state.startedBy, state.accountable]
      : Object.entries(stepOf(state, name).doers).flat(),
  );
  return [...new Set(passports.filter((passport) => passport !== null))];
};

/** Passports that are kept from deciding on it as things are. Who has decided on it themselves has spoken (DECIDE-3). */
export const apartFrom = (
  { deciders = {} }: Pick<RunState, 'deciders'>,
  { separate, approval }: Pick<Task, 'separate' | 'approval'>,
): readonly string[] =>
  approval?.apart ? [...separate, ...decidersOfOthers(deciders, approval.apart)] : separate;

/** Who has decided on approvals that other policies, or steps, ask for. */
export const decidersOfOthers = (
  deciders: NonNullable<RunState['deciders']>,
  policies: readonly string[],
): readonly string[] =>
  Object.entries(deciders).flatMap(([party, on]) => (on.some((one) => one !== policies.join()) ? party : []));

export type Stages =
  | { readonly ok: true; readonly stages: readonly Stage[] }
  | { readonly ok: false; readonly failure: Failure };

/** The stages that hold for a subject, in order. */
export const stagesOf = (
  draft: Draft,
  node: ApprovalNode,
  step: StepState,
  slot: number,
  { from, subject, separate }: { from: readonly string[]; subject: Json; separate: readonly string[] },
): Stages => {
  const all: readonly StageNode[] =
    node.chain.length > 0 ? node.chain : [{ from, quorum: node.quorum, if: null }];
  const stages: Stage[] = [];
  const escalated = step.slots[slot]?.escalation?.to.slice(0, 1);
  for (const [stage, { from: meant, quorum, if: condition }] of all.entries()) {
    const holds = condition
      ? draft.evaluate(condition, { ...itemOf(draft, node, step, slot), subject })
      : null;
    if (holds && !holds.ok) return { ok: false, failure: { code: holds.code, message: holds.message } };
    if (holds && holds.value !== true) continue;
    const instead = stages.length === 0 ? escalated : undefined;
    const whom = instead ?? meant;
    const count = countOf(draft, { quorum, distinct: node.distinct }, whom, separate);
    stages.push({ stage, from: whom, quorum: instead ? Math.min(count, mostOf(instead)) : count });
  }
  if (stages.length > 0) return { ok: true, stages };
  const message = 'No stage of the approval is for this subject.';
  return { ok: false, failure: { code: 'approval_unstaffed', message } };
};

const countOf = (
  draft: Draft,
  { quorum, distinct }: Pick<ApprovalNode, 'quorum' | 'distinct'>,
  from: readonly string[],
  separate: readonly string[],
): number => {
  if (quorum !== 'all') return quorum;
  const people = electorate(draft, from, separate);
  const most = people?.length ?? Infinity;
  const voices = isByParty(distinct, from) ? impartial(draft.state, from, separate) : (people ?? from);
  return Math.max(1, Math.min(most, voices.length));
};

/** Whether each of the parties is one voice, whoever speaks for it. Of one party the groups are heard that its people are in. */
const isByParty = (distinct: ApprovalTerms['distinct'], from: readonly string[]): boolean =>
  distinct === 'groups' && new Set(from).size > 1;

/** How many voices the parties can ever have: a role, or a group, may get more. */
const mostOf = (from: readonly string[]): number => (from.every(isPassport) ? from.length : Infinity);
export const isPassport = (party: string): boolean => !party.includes(':');
/** The one participant that they name; null where they are several, or a group. */
export const onlyOne = ([first, ...others]: readonly string[]): string | null =>
  first !== undefined && others.length === 0 && isPassport(first) ? first : null;

/** Stages of a definition are numbered below. */
export const APPEALS = 100;

/** What the stage that decides now asks for by itself. */
const askedOf = ({ chain, quorum }: ApprovalNode, { stage }: Approval): Quorum =>
  stage < APPEALS ? (chain[stage]?.quorum ?? quorum) : 1;

/** TERMS-2, for the event with which `to` are asked. Left out where it stays as it is, and of what is no approval of a step. */
export const quorumFrom = (
  draft: Draft,
  node: StepNode,
  { approval, from, separate }: Task,
  to: readonly string[],
): { readonly quorum?: number } => {
  if (!approval || node.kind !== 'approval') return {};
  const asked = askedOf(node, approval);
  const isMore = from.every((party) => to.includes(party));
  if (isMore && asked === 'all') return {};
  const quorum = Math.max(isMore ? approval.quorum : 1, quorumOf(draft, approval, asked, to, separate));
  return quorum === approval.quorum ? {} : { quorum };
};

/** TERMS-2, where others are asked from now on: beside what has been approved what those can give who have not spoken, one at least. */
export const quorumOf = (
  draft: Draft,
  approval: Approval,
  asked: Quorum,
  from: readonly string[],
  separate: readonly string[],
): number => {
  const isNamed = from.every(isPassport);
  const people =
    isNamed && asked !== 'all' ? impartial(draft.state, from, separate) : electorate(draft, from, separate);
  const byParty = isByParty(approval.distinct, from);
  const known = asked === 'all' ? (people ?? from) : byParty ? null : people;
  const most = Math.max(approvalsNow(approval) + 1, reachOf(draft, approval, { from, separate }, known));
  if (asked === 'all') return most;
  return Math.min(asked, isNamed || byParty ? most : Math.max(approval.quorum, most));
};

/** How many approvals there can be: `people` are all who may decide, null where that is not known. */
export const reachOf = (
  { state }: Draft,
  approval: Approval,
  { from, separate }: Pick<Task, 'from' | 'separate'>,
  people: readonly string[] | null,
): number => {
  const left = (parties: readonly string[]): readonly string[] =>
    [...new Set(parties)].filter((party) => !hasSpoken(approval, party));
  const most = people ? approvalsNow(approval) + left(people).length : Infinity;
  if (!isByParty(approval.distinct, from)) return most;
  const parties = left(impartial(state, from, separate)).map((party) => [party]);
  return Math.min(most, matched([...approvingNow(approval).map(({ as }) => as), ...parties]));
};

/** Whether a decision speaks about what there is now. */
const stands = ({ keeps, subject }: Approval, decision: Decision): boolean =>
  keeps || (decision.changed ?? decision.subject) === subject;

export const isApproving = ({ outcome }: Decision): boolean =>
  outcome === 'approve' || outcome === 'approve_with_changes';

export const decisionsNow = (approval: Approval): readonly Decision[] =>
  approval.decisions.filter((decision) => decision.stage === approval.stage && stands(approval, decision));

const approvingNow = (approval: Approval): readonly Decision[] => decisionsNow(approval).filter(isApproving);

/** How many approvals count in the stage that decides now. */
export const approvalsNow = (approval: Approval): number => {
  const approving = approvingNow(approval);
  return approval.distinct === 'people' ? approving.length : matched(approving.map(({ as }) => as));
};

/** The most of these that can each be given something of their own (a maximum matching in a bipartite graph). */
const matched = (choices: readonly (readonly string[])[]): number => {
  const holder = new Map<string, number>();
  const give = (index: number, tried: Set<string>): boolean =>
    (choices[index] as readonly string[]).some((choice) => {
      if (tried.has(choice)) return false;
      tried.add(choice);
      const before = holder.get(choice);
      if (before !== undefined && !give(before, tried)) return false;
      holder.set(choice, index);
      return true;
    });
  return choices.filter((_, index) => give(index, new Set())).length;
};

/** Who speaks in a decision: the decider, the human in whose name they do, and whoever is away in whose place that is. */
export const voicesOf = ({ actor, onBehalfOf }: Attribution, inNameOf?: string): readonly string[] =>
  [actor, onBehalfOf, inNameOf].filter((voice) => voice != null);

/** Who has spoken in it. */
export const speakersOf = ({ participant, onBehalfOf, inNameOf }: Decision): readonly string[] =>
  [participant, onBehalfOf, inNameOf].filter((voice) => voice != null);

/** What somebody says, as an approval keeps it. */
export const decisionOf = (
  { moment: { by, now } }: Draft,
  command: CommandOf<'task.decide'>,
  { changed, stage }: Pick<Decision, 'changed' | 'stage'>,
): Decision => {
  const { outcome, reason, subject, as = [] } = command;
  const said = { outcome, reason: reason ?? null, subject, changed, stage, as };
  return { ...saidBy(by, command), ...said, at: now };
};

/** Who says it. */
const saidBy = (
  { actor: participant, onBehalfOf, authority }: Attribution,
  { inNameOf }: { readonly inNameOf?: string },
): Pick<Decision, 'participant' | 'onBehalfOf' | 'inNameOf' | 'authority'> => ({
  participant,
  onBehalfOf,
  ...(inNameOf !== undefined && inNameOf !== onBehalfOf && { inNameOf }),
  authority,
});

/** Whether somebody has decided, or somebody has for them, in a way that still counts. */
export const hasSpoken = (approval: Approval, passport: string): boolean =>
  approval.decisions.some(
    (decision) => speakersOf(decision).includes(passport) && stands(approval, decision),
  );
