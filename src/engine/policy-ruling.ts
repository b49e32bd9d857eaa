import type { Limits, RecordNode } from '../definition/graph.ts';
import type { Json, JsonObject } from '../definition/json.ts';
import type {
  ApprovalObligation,
  FactsOf,
  Grants,
  Ruling,
  RulingAuthority,
  StandingGrantState,
  ToolClass,
  Verdict,
} from '../policy/index.ts';
import { asksApproval, codeOf } from '../policy/ruling.ts';
import { suffices } from '../policy/tool-gate.ts';
import type { StartRun, Work } from './command.ts';
import type { Usage } from './event.ts';
import type { Draft } from './draft.ts';
import { refuse, type Rejection } from './failure.ts';
import type { RunState, Task } from './state.ts';

/**
 * What the engine asks of policies, and what it keeps of their answers.
 *
 * RULE-1  Policies are asked before the event that they could change, and a ruling that changed anything is in that event.
 * RULE-2  What is kept of the facts is bounded: a member that is too large is named by its digest.
 */
export type Question =
  | { readonly point: 'run.start'; readonly command: StartRun; readonly limits: Limits }
  | { readonly point: 'task.start'; readonly task: Task; readonly participant: string }
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
      readonly attempt: number;
      readonly priority: number;
      readonly node: RecordNode;
      readonly input: Json;
    };

/** A call that somebody wants to make. */
export interface WantedCall {
  readonly task: Task;
  readonly agent: string;
  readonly tool: string;
  readonly class: ToolClass;
  readonly arguments: Json;
}
/** What is said of a call, with all that grants are held against. */
export interface CallRuling {
  readonly facts: FactsOf<'tool.call'>;
  readonly ruling: Ruling;
}

/** What the outside lends of policies; without it nothing is bounded. */
export interface Boundaries {
  /** Names the policies with which a run begins now; 0 is none but the usual profile. */
  readonly pinned: number;
  /** Null where nobody has anything to say. `state` is null before there is a run. */
  rule(question: Question, state: RunState | null): Ruling | null;
  /** Why nobody but a human may do it, where there are others who could; null where somebody may. */
  leaves(work: Work, state: RunState): Ruling | null;
  /** Whether any policy could ask for an approval before work begins; looked at before anything is made for the question. */
  mayAsk(state: RunState): boolean;
  /** What has to be approved before anybody may get the work or begin with it; null where somebody may without, or nobody with it. */
  asks(work: Work, state: RunState): Ruling | null;
  /** What the tool is to the organisation, whatever the caller says of it. */
  classOf(tool: string, claimed: ToolClass): ToolClass;
  ruleCall(wanted: WantedCall, state: RunState): CallRuling;
  /** Standing grants as they are now. */
  standing(): Grants['standing'];
  /** One more call rests on a standing grant; it counts with the commit of the transition. */
  spend(grant: string, state: StandingGrantState): void;
}

/** A ruling as it is recorded. */
export interface Ruled {
  readonly verdict: Verdict;
  readonly authority: RulingAuthority;
  /** Digest of the policies that were asked. */
  readonly set: string;
  /** `policy` as `refunds@3`, null where the profile or the emergency stop says it. */
  readonly reasons: readonly { readonly code: string; readonly policy: string | null }[];
  /** Who is to be told. */
  readonly notify?: readonly string[];
  readonly facts: JsonObject;
}

/** Bytes of canonical JSON that one member of the facts may take, and how many members are kept. */
const FACT_BYTES = 2048;

export const ruledOf = (ruling: Ruling, { moment }: Pick<Draft, 'moment'>): Ruled => {
  const { verdict, authority, set, reasons, notifications, facts } = ruling;
  const notify = [...new Set(notifications.flatMap(({ to }) => to))];
  const kept = Object.entries(facts).map(([name, fact = null]) => {
    const text = moment.canonical(fact);
    return [name, text.length > FACT_BYTES ? { $sha256: moment.sha256(text) } : fact] as const;
  });
  return {
    verdict,
    authority: { ...authority },
    set,
    reasons: reasons.map(({ code, policy }) => ({
      code,
      policy: policy && `${policy.id}@${policy.version}`,
    })),
    ...(notify.length > 0 && { notify }),
    facts: Object.fromEntries(kept),
  };
};

/** For an event that a ruling belongs to; nothing where none counted. */
export const withRuling = (draft: Draft, ruling: Ruling | null): { readonly ruled?: Ruled } =>
  ruling?.counts ? { ruled: ruledOf(ruling, draft) } : {};

/** What people are asked to approve of one thing, as it is; by which policies. */
export interface Covered {
  readonly digest: string;
  readonly restsOn: readonly string[];
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
export const routesOf = ({ obligations }: Ruling): readonly string[] => [
  ...new Set(obligations.flatMap((obligation) => (obligation.kind === 'route' ? obligation.to : []))),
];

/** Why, in words. */
export const wordsOf = ({ reasons, verdict }: Ruling): string => {
  const told = reasons.filter(({ effect }) => effect === verdict || effect === 'route_to_human');
  return told.map(({ message }) => message).join(' ') || 'A policy says so.';
};

export const denied = (ruling: Ruling, draft: Pick<Draft, 'moment'>, what: string): Rejection =>
  refuse(codeOf(ruling), `${what} ${wordsOf(ruling)}`, {
    reasons: ruling.reasons.map(({ code }) => code),
    ruled: ruledOf(ruling, draft),
  });
