import type { Limits, RecordNode } from '../../definition/graph.ts';
import type { Json } from '../../definition/json.ts';
import type {
  ApprovalObligation,
  FactsOf,
  Grants,
  Ruling,
  StandingGrantState,
  ToolClass,
} from '../../policy/index.ts';
import { asksApproval, codeOf, leftBy, ruledOf, whyOf, type Ruled } from '../../policy/ruling.ts';
import { suffices } from '../../policy/tool-gate.ts';
import type { Work } from '../command.ts';
import type { Usage } from '../event.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import type { TaskCaps } from './state.ts';
import type { RunState, Task } from '../state.ts';

/**
 * What the engine asks of policies, and what it keeps of their answers.
 *
 * RULE-1  Policies are asked before the event that they could change, and a ruling that changed anything is in that event.
 */
export type Question =
  | { readonly point: 'run.start'; readonly begun: Beginning; readonly limits: Limits }
  | {
      readonly point: 'task.start';
      readonly task: Beginner;
      readonly participant: string;
      /** They get it, and do not begin with it yet. */
      readonly reserves?: true;
    }
  | {
      readonly point: 'task.complete';
      readonly task: Task;
      readonly participant: string;
      readonly output: Json;
      readonly confidence: number | null;
      readonly usage: Usage;
    }
  | {
      readonly point: 'record.write';
      readonly task: string;
      readonly slot: number;
      readonly attempt: number;
      readonly priority: number;
      readonly node: RecordNode;
      readonly input: Json;
    };

/** A task, or what is about to become one, that somebody gets or begins with. */
export type Beginner = Pick<
  Task,
  'id' | 'step' | 'slot' | 'kind' | 'requires' | 'by' | 'attempt' | 'priority' | 'input'
> &
  Partial<Pick<Task, 'assignee'>>;

/** What a run begins with, whenever it is asked what it may use. */
export type Beginning = Pick<RunState, 'definition' | 'input' | 'priority' | 'parent' | 'startedBy'>;

/** A call that somebody wants to make. */
export interface WantedCall {
  readonly task: Task;
  readonly agent: string;
  readonly tool: string;
  /** What the agent takes it for; null where it says nothing. */
  readonly class: ToolClass | null;
  readonly arguments: Json;
}
/** What is said of a call, with all that grants are held against. */
export interface CallRuling {
  readonly facts: FactsOf<'tool.call'>;
  readonly ruling: Ruling;
}

/** On the first of those who could do some work. */
export interface CandidateRuling extends Ruling {
  readonly candidate?: string;
}
/** Whom it is on, for the event that comes of it. */
export const candidateOf = ({ candidate }: CandidateRuling): { readonly candidate?: string } =>
  candidate === undefined ? {} : { candidate };

/** What the outside lends of policies; without it nothing is bounded. */
export interface Boundaries {
  /** Names the policies with which a run begins now; 0 is none but the usual profile. */
  readonly pinned: number;
  /** Whether this passport is a human's. */
  isPerson(id: string): boolean;
  /** Null where nobody has anything to say. `state` is null before there is a run. */
  rule(question: Question, state: RunState | null): Ruling | null;
  /** Why nobody but a human may do it, where there are others who could; null where somebody may, or could with an approval. */
  leaves(work: Work, state: RunState): CandidateRuling | null;
  /** Whether any policy could ask for an approval before work begins; looked at before anything is made for the question. */
  mayAsk(state: RunState): boolean;
  /** What has to be approved before anybody may get the work or begin with it; null where somebody may without, or nobody with it. */
  asks(work: Work, state: RunState): CandidateRuling | null;
  /** Whether policies let them have it, be it to begin with it later. */
  mayHave(work: Work, participant: string, state: RunState): boolean;
  /** Names the policies that the run is held to by now; null where they cannot be read. */
  heldTo(state: RunState): number | null;
  /** What whoever begins may use, also while all work is stopped; null where no policy could say. */
  capsFor(task: Beginner, participant: string, state: RunState): TaskCaps | null;
  /** What the tool is to the organisation, whatever the caller says of it. */
  classOf(tool: string, claimed: ToolClass): ToolClass;
  ruleCall(wanted: WantedCall, state: RunState): CallRuling;
  /** Standing grants as they are now. */
  standing(): Grants['standing'];
  /** One more call rests on a standing grant; it counts with the commit of the transition. */
  spend(grant: string, state: StandingGrantState): void;
}

/** For an event that a ruling belongs to; nothing where none counted. */
export const withRuling = (draft: Draft, ruling: Ruling | null): { readonly ruled?: Ruled } =>
  ruling?.counts ? { ruled: ruledOf(ruling, draft.moment) } : {};

/** What people are asked to approve of one thing, as it is; by which policies. */
export interface Covered {
  readonly digest: string;
  readonly restsOn: readonly string[];
  /** That somebody begins with work of another kind than tasks; left out, what the step itself says is meant. */
  readonly begins?: true;
}
/** What they have approved; the last of them in this approval. */
export interface Cleared extends Covered {
  readonly approval: string;
}
/** The next approval that is asked of exactly this; undefined where nothing is asked of it any more. */
export const nextAsked = (
  ruling: Ruling,
  digest: string,
  cleared: Cleared | undefined,
): ApprovalObligation | undefined => {
  const covered = cleared?.digest === digest ? cleared.restsOn : [];
  return asksApproval(ruling).find((asked) => !suffices(covered, [asked]));
};

/** Whom work is left to, where it is left to people. */
export const routesOf = (ruling: Ruling): readonly string[] => [
  ...new Set(leftBy(ruling).flatMap(({ to }) => to)),
];

/** Why, for programs. */
export const codesOf = ({ reasons }: Ruling): readonly string[] => reasons.map(({ code }) => code);

export const denied = (ruling: Ruling, draft: Pick<Draft, 'moment'>, what: string): Rejection =>
  refuse(codeOf(ruling), `${what} ${whyOf(ruling)}`, denialBy(ruling, draft));

/** What is told of a denial beside its words. */
export const denialBy = (ruling: Ruling, { moment }: Pick<Draft, 'moment'>) => ({
  reasons: codesOf(ruling),
  ruled: ruledOf(ruling, moment),
});
