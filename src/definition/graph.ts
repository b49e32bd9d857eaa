import type { Json, JsonObject } from './json.ts';
import type { TaskRules } from './task-rules.ts';

/**
 * A definition, compiled: what the engine walks. Indexes are positions in `phases` and `steps`; `phases` is in a
 * topological order of `needs`. Durations are milliseconds. A graph is made from one definition digest and never changes.
 */
export interface Graph {
  readonly id: string;
  readonly digest: string;
  readonly name: string;
  readonly safety: Safety;
  readonly limits: Limits;
  readonly allow: Allow;
  /** JSON Schema 2020-12 of the run's input, or null for anything. */
  readonly input: JsonObject | null;
  readonly phases: readonly PhaseNode[];
  /** Those of the phases, and after them what undoes them, which belongs to no phase. */
  readonly steps: readonly StepNode[];
  readonly output: Template | null;
}

/** Tiers, from the most harmless. */
export const SAFETIES = ['read_only', 'reversible', 'irreversible'] as const;
export type Safety = (typeof SAFETIES)[number];
export type Layer = 'decide' | 'execute' | 'record';

/** Caps of one run; null means no cap. `duration` is the run's time-out. */
export interface Limits {
  readonly concurrency: number;
  readonly tasks: number;
  readonly tokens: number | null;
  readonly cost: Money | null;
  readonly duration: number | null;
}
export interface Money {
  readonly amount: number;
  readonly currency: string;
}
/** null means everything. */
export interface Allow {
  readonly capabilities: readonly string[] | null;
  readonly tools: readonly string[] | null;
}

export interface PhaseNode {
  readonly id: string;
  readonly index: number;
  readonly needs: readonly number[];
  /** Phases that need this one, directly. */
  readonly dependents: readonly number[];
  /** This phase and all that depend on it, directly or not: what a redo of it does again. */
  readonly downstream: readonly number[];
  readonly steps: readonly number[];
  readonly if: Template | null;
}

interface StepBase {
  /** `phase.step`, unique in the definition. */
  readonly id: string;
  readonly index: number;
  readonly phase: number;
  readonly layer: Layer;
  readonly if: Template | null;
  readonly forEach: ForEach | null;
  /** Per attempt, from its opening; null is none. That of an approval, and of a wait for a signal, is in its `within`. */
  readonly timeout: Lapse | null;
  readonly retry: Retry;
  readonly onFailure: OnFailure;
  /** 1 (low) to 10 (high); null takes the run's. */
  readonly priority: number | null;
  /** It undoes what this names, and is opened for that alone; null in the steps of the phases. */
  readonly compensates: Compensated | null;
}
/** What is undone: the work of a step, or a phase as a whole. Indexes in `steps` and `phases`. */
export type Compensated =
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'phase'; readonly phase: number };
export type StepNode = TaskNode | ApprovalNode | RecordNode | WaitNode | WorkflowNode;

export interface TaskNode extends StepBase {
  readonly kind: 'task';
  readonly description: string | null;
  readonly requires: readonly string[];
  /** Which participants may do it; null is agents and humans. */
  readonly by: 'agent' | 'human' | null;
  /** The least level, 0 to 1, of each capability; null is any. */
  readonly level: number | null;
  /** Parties (see `parties.ts`); empty is anybody capable. */
  readonly from: readonly string[];
  /** Gives the parties where they depend on the run, as a list of texts; then `from` is empty. */
  readonly whom: Template | null;
  /** Ids of steps before this one: nobody who did them does it, nor the human who answers for them, nor an agent of that human. */
  readonly separateFrom: readonly string[];
  /** Passports that must not do it, whoever else names them. */
  readonly excluded: readonly string[];
  readonly assign: Assign | null;
  /** A result in which its maker has less confidence goes to a person; 0 to 1. */
  readonly confidence: number;
  readonly input: Template;
  /** JSON Schema 2020-12 of the result, or null for anything. */
  readonly output: JsonObject | null;
  /** A human may skip it. */
  readonly skippable: boolean;
  readonly deadlines: readonly DeadlineNode[];
  /** Gives ms since the epoch: before that it is not given out. */
  readonly activateAt: Template | null;
  /** Null is as usual. */
  readonly rules: TaskRules | null;
}
/** How a participant is found. Null in a node: `offer` where people may do it, else `best_fit`, as the task is created. */
export interface Assign {
  readonly strategy: Strategy;
  /** `retain`: the step whose doer is to do this one too. */
  readonly step: string | null;
  /** `early`: chosen and announced at the start of the run. `late`: held until somebody can take it, and below `load`. */
  readonly when: 'early' | 'enabled' | 'late';
  /** `late`: most open tasks of whoever gets it, or takes it; null is their capacity. */
  readonly load: number | null;
  /** What `retain` and `case` do when the one they want cannot. */
  readonly fallback: Exclude<Strategy, 'retain' | 'case'>;
  /** `queue`: whoever it is offered to takes the tasks of the step in the order of the queue. */
  readonly order: 'any' | 'queue';
}
export type Strategy = 'best_fit' | 'offer' | 'round_robin' | 'random' | 'shortest_queue' | 'retain' | 'case';

export interface ApprovalNode extends StepBase {
  readonly kind: 'approval';
  readonly description: string | null;
  readonly subject: Template;
  readonly from: readonly string[];
  /** As in a task. */
  readonly whom: Template | null;
  /** JSON Schema 2020-12 of a subject that a decider has changed, or null for anything. */
  readonly schema: JsonObject | null;
  /** How many approvals it takes; `all` is all who may decide as it opens. */
  readonly quorum: Quorum;
  /** Those who decide one after the other; then `from` is empty and `quorum` nothing. Empty where there is one stage. */
  readonly chain: readonly StageNode[];
  /** `groups`: no two of the approvals that count are given for the same group. */
  readonly distinct: 'people' | 'groups';
  /** Who decides is none of these: `initiator`, or the id of a step before this one. */
  readonly distinctFrom: readonly string[];
  /** One rejection ends it; else it takes so many that the quorum cannot be reached any more. */
  readonly veto: boolean;
  /** Every decision needs a reason. */
  readonly reasoned: boolean;
  /** Approvals go on counting when the subject is changed after them. */
  readonly keeps: boolean;
  readonly within: Lapse | null;
  /** Whom to add when `within` passes, one entry per hop, each with the same time; then follows `onTimeout`. */
  readonly escalate: readonly string[];
  /** Gives them, as it opens, where they depend on the run; then `escalate` is empty. */
  readonly escalateTo?: Template;
  readonly onTimeout: 'expire' | 'reject';
  readonly onReject: OnReject;
  readonly onChanges: SendBack | null;
  readonly deadlines: readonly DeadlineNode[];
}
export type Quorum = number | 'all';

/** A stage of an approval. It is left out where `if` is false; `subject` can be named in it. */
export interface StageNode {
  readonly from: readonly string[];
  readonly quorum: Quorum;
  readonly if: Template | null;
}
/** Work goes back to the phase at this index, so many times at most; `others`: to other participants than did it. */
export interface SendBack {
  readonly redo: number;
  readonly max: number;
  readonly others: boolean;
}
/** `redo` null lets the run end as `rejected`, after each of `appeal` was asked to decide instead and has rejected it too. */
export type OnReject = SendBack | { readonly redo: null; readonly appeal: readonly string[] };

/** Something that is to have happened in time. */
export interface DeadlineNode {
  /** `start`: somebody has begun with it; `completion`: it has ended. */
  readonly on: 'start' | 'completion';
  readonly within: Span;
  /** Milliseconds before it is due. */
  readonly remind: readonly number[];
  /**
   * `notify` tells `to`; `reassign` gives it to all of `to` instead of whoever has it; `escalate` to each of them in turn, with the
   * same time again (an approval keeps its deciders); `reject` is for approvals; `expire` fails the attempt.
   */
  readonly then: 'notify' | 'reassign' | 'escalate' | 'reject' | 'expire';
  /** Parties; `manager_of:holder` and `manager_of:initiator` are looked up when it is due. */
  readonly to: readonly string[];
  /** Its clock stands still while the task is suspended. */
  readonly pauses: boolean;
}
/** Milliseconds by the clock, or a span of working time. */
export type Lapse = number | Span;
/** Milliseconds, of working time where `working` says so. */
export interface Span {
  readonly ms: number;
  readonly working: boolean;
}

export interface RecordNode extends StepBase {
  readonly kind: 'record';
  readonly system: string;
  readonly operation: string;
  readonly input: Template;
  /** After the write, the same system is asked to read it back; the step completes only when it confirms. */
  readonly verify: boolean;
  /** The approval step before it that has to have approved exactly its input; null where none is named. */
  readonly approvedBy: string | null;
}
/** Exactly one of `for` (gives ms), `until` (gives ms since the epoch, also where RFC 3339 was written) or `signal` is set. */
export interface WaitNode extends StepBase {
  readonly kind: 'wait';
  readonly for: Template | null;
  readonly until: Template | null;
  readonly signal: string | null;
  /** How long to wait for the signal; then the step fails with `wait_timed_out`. */
  readonly within: Lapse | null;
}
export interface WorkflowNode extends StepBase {
  readonly kind: 'workflow';
  readonly definition: string;
  /** null is the newest at the moment the step opens. */
  readonly version: number | null;
  readonly input: Template;
}

export interface ForEach {
  readonly items: Template;
  /** Most slots open at once; null is the run's limit alone. */
  readonly concurrency: number | null;
}
/** `attempts` includes the first. Delay before attempt n+1: `delay` (fixed) or `delay * 2^(n-1)` up to `maxDelay`. */
export interface Retry {
  readonly attempts: number;
  readonly backoff: 'none' | 'fixed' | 'exponential';
  readonly delay: number;
  readonly maxDelay: number;
}
/**
 * After the last attempt: optionally `another_participant` (retries once more, with those who failed excluded), then `finally`.
 * `escalate` makes the step a human task for the first of `to`, with the failure as its reason; when that fails too, for the next;
 * in the end for the human who answers for the run.
 */
export interface OnFailure {
  readonly then: 'another_participant' | null;
  readonly finally: 'fail' | 'skip' | 'escalate';
  readonly to: readonly string[];
  /** Gives the parties, as the work fails, where they depend on the run; then `to` is empty. */
  readonly whom?: Template;
}

/** An authored value in which `${ … }` stands for CEL expressions. */
export interface Template {
  /** Step ids (`phase.step`) whose results the expressions read. */
  readonly reads: readonly string[];
  /** `work` bounds several evaluations together; each is bounded on its own in any case. */
  evaluate(scope: Scope, work?: Work): Evaluation;
}
/** What evaluations may still spend, in the units of `cel/values.ts`; they take from it. */
export interface Work {
  left: number;
}
export type Evaluation =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly code: 'expression_failed'; readonly message: string };

/** What an expression can name. */
export interface Scope {
  readonly input: Json;
  readonly phases: { readonly [phase: string]: { readonly [step: string]: StepScope } };
  readonly run: { readonly id: string; readonly startedBy: string; readonly priority: number };
  readonly item?: Json;
  readonly index?: number;
  /** Of an approval: what is decided about. */
  readonly subject?: Json;
}
/**
 * A step as expressions see it. `output` is the result of a step without `forEach`; `outputs` the results of one with it, in
 * item order, null where a slot failed or was skipped; `failures` the problems of those. `feedback` is the reason of the
 * rejection that sent the work back, else null.
 */
export interface StepScope {
  readonly status: string;
  readonly output: Json;
  readonly outputs: readonly Json[];
  readonly failures: readonly Json[];
  readonly feedback: Json;
}
