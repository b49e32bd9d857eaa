import type { Json, JsonObject } from '../definition/index.ts';

/** What somebody wants done. Times are ms since the epoch. */
export interface Goal {
  /** In words. */
  readonly goal: string;
  /** Of the plan and of its definition; the goal itself where it is null. */
  readonly name: string | null;
  /** Empty: nobody named any, so that they are to be found. */
  readonly requiredCapabilities: readonly string[];
  /** People say yes to the start, and to what came of it. */
  readonly humanInLoop: boolean;
  /** Who may approve: parties, as in a definition. */
  readonly approvers: readonly string[];
  /** 1 (low) to 10 (high). */
  readonly priority: number;
  readonly deadline: number | null;
  readonly budget: Budget;
  /** A passport. */
  readonly preferredAssignee: string | null;
  readonly input: Json;
}

export interface Budget {
  readonly cost: { readonly amount: number; readonly currency: string } | null;
  readonly tokens: number | null;
}

export interface PlanMoment {
  readonly now: number;
  /** The id of the plan, which its definition gets as well. */
  readonly id: string;
}

/** A step of the plan as people read it. */
export interface ExecutionStep {
  /** From 1. Steps that may go on at the same time have different numbers all the same. */
  readonly order: number;
  /** `phase.step` of the definition. */
  readonly step: string;
  readonly description: string;
  /** The passport that would get it now; null where people decide, or nobody was looked for. */
  readonly assignedTo: string | null;
  /** Why that one, in words. */
  readonly reason: string;
  readonly requiredCapabilities: readonly string[];
  readonly status: 'planned';
}

/** Of what finished work of the same kind took; null wherever there is too little to go by. */
export interface Estimate {
  /** ms, without the time that people take to decide. */
  readonly time: number | null;
  readonly cost: number | null;
  readonly tokens: number | null;
}
export interface Estimates extends Estimate {
  readonly steps: readonly (Estimate & {
    readonly step: string;
    /** How many times it is done; null where that shows only in the run. */
    readonly items: number | null;
    /** Finished tasks that the figures are of; 0 is no history. */
    readonly samples: number;
  })[];
  /** What the figures leave out, in words. */
  readonly notes: readonly string[];
}

/** A choice that was made, and why. */
export interface Reason {
  readonly about: string;
  readonly because: string;
}

export interface Plan {
  /** A definition that passes every check. */
  readonly definition: JsonObject;
  readonly executionPlan: readonly ExecutionStep[];
  readonly estimates: Estimates;
  readonly explanation: readonly Reason[];
  /** What whoever reads the plan should know before they start it. */
  readonly notices: readonly string[];
  /** The capabilities were guessed from the words of the goal. */
  readonly guessed: boolean;
}

export type Planned =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Why there is no plan. `about` is the capability, kind or member that it is about. */
export interface PlanProblem {
  readonly code:
    | 'capability_missing'
    | 'input_missing'
    | 'ambiguous'
    | 'cycle'
    | 'lists_unrelated'
    | 'list_of_lists'
    | 'nothing_matches'
    | 'deadline_passed'
    | 'too_large'
    | 'proposal_invalid'
    | 'definition_invalid';
  readonly about: string;
  readonly message: string;
}

export const impossible = (
  code: PlanProblem['code'],
  about: string,
  message: string,
): { readonly ok: false; readonly problems: readonly PlanProblem[] } => ({
  ok: false,
  problems: [{ code, about, message }],
});
