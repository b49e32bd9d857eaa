import type { Lapse, Layer, Limits, Money, Safety } from '../definition/graph.ts';
import type { Json, JsonObject } from '../definition/json.ts';
import type { TaskRules } from '../definition/task-rules.ts';
import type { Ruled } from '../policy/ruling.ts';
import type { ApprovalNow, ApprovalTerms, Decision, Settled } from './approvals/terms.ts';
import type { Attribution } from './attribution.ts';
import type { Cause, CompensationEvent, Forced } from './events/compensation.ts';
import type { DeadlineEvent } from './events/deadline.ts';
import type { Deadline } from './deadline-terms.ts';
import type { Failure } from './failure.ts';
import type { HoldEvent } from './events/hold.ts';
import type { Holding, PassingEvent } from './events/passing.ts';
import type { Heard, PolicyEvent } from './events/policies.ts';
import type { Allowed, Launch, ResultApproval } from './policies/state.ts';

/**
 * Everything that can happen to a run. Events carry every fact, so that folding them needs no definition.
 * A released version of an event type is never edited; a changed shape gets the next `version`.
 */
export interface EventShape<Type extends string, Data> {
  readonly type: Type;
  readonly version: 1;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: Attribution;
  readonly layer: Layer;
  readonly data: Data;
}

/** A place in the run where one piece of work happens: a step, and the slot in its fan-out (0 without `forEach`). */
export interface Place {
  readonly step: string;
  readonly slot: number;
}

/** Tokens and money an act has used. Money is in the currency of the run's limits, counted to a billionth of it. */
export interface Usage {
  readonly tokens: number;
  readonly cost: number;
}

export interface ParentRef extends Place {
  readonly run: string;
  /** The tier that the parent was launched in, which covers its children. */
  readonly safety?: Safety;
}

export interface DefinitionRef {
  readonly id: string;
  readonly version: number;
  readonly digest: string;
}

export interface StepShape {
  readonly step: string;
  readonly layer: Layer;
  readonly fanOut: boolean;
  /** Its work can be undone, or that of its phase. */
  readonly compensated?: true;
  /** It undoes the work of others, and is opened for that alone. */
  readonly compensates?: true;
}

export type TaskKind = 'task' | 'approval' | 'record' | 'verification' | 'escalation';

/** What a task asks for and of whom, as it was created. What is left out is as in `PLAIN_TASK`. */
export interface TaskSpec extends Place, Partial<TaskTerms>, Allowed {
  readonly task: string;
  readonly kind: TaskKind;
  readonly round: number;
  readonly attempt: number;
  readonly by: 'agent' | 'human' | 'system' | null;
  readonly priority: number;
  readonly input: Json;
  /** Records: what is written is to be read back before the step completes. */
  readonly verify?: true;
  /** Who got it with its creation, under token 1: somebody who waited for such work, so that it is in progress at once. */
  readonly assignee?: string;
  /** With `assignee`: it is theirs to begin. */
  readonly reserved?: true;
  /** It is given to nobody yet: it is held back until routing finds somebody. */
  readonly held?: true;
  readonly explanation?: Explanation;
}

/** Why routing put the task where it is, as routing says it: plain data that no fold looks into. */
export type Explanation = JsonObject;

export interface TaskTerms {
  readonly description: string | null;
  readonly requires: readonly string[];
  readonly from: readonly string[];
  /** The least level, 0 to 1, of each of `requires`; null is any. */
  readonly level: number | null;
  /** The tier of its definition: whoever does it works in that tier. */
  readonly safety: Safety;
  /** Passports that must not do it. */
  readonly excluded: readonly string[];
  /** Passports of those who did what this is to be separate from, and of the humans who answer for them. */
  readonly separate: readonly string[];
  /** Passports that may take it while it is ready; null is whoever is eligible. */
  readonly offeredTo: readonly string[] | null;
  readonly deadline: number | null;
  readonly skippable: boolean;
  /** Why a person is asked, where work came to them by a failure or a rejection. */
  readonly reason: string | null;
  /** Approvals: the digest of the subject (which is `input`), and how many approvals it takes. */
  readonly subject: string | null;
  readonly quorum: number;
  readonly escalate: readonly string[];
  /** Time between escalations. */
  readonly within: Lapse | null;
  readonly deadlines: readonly Deadline[];
  /** How the decisions of an approval count; null is plainly: one stage, which any rejection ends. */
  readonly approval: ApprovalTerms | null;
  /** How people deal with it; null is as usual. */
  readonly rules: TaskRules | null;
  /** When it is given out; null is as soon as it is created. */
  readonly activateAt: number | null;
}

/** What a recorded event leaves out is read from here, so a term that is released never changes. */
export const PLAIN_TASK: TaskTerms = {
  description: null,
  requires: [],
  from: [],
  level: null,
  safety: 'reversible',
  excluded: [],
  separate: [],
  offeredTo: null,
  deadline: null,
  skippable: false,
  reason: null,
  subject: null,
  quorum: 1,
  escalate: [],
  within: null,
  deadlines: [],
  approval: null,
  rules: null,
  activateAt: null,
};

/** What follows a failed attempt. */
export type AfterFailure =
  | { readonly then: 'retry' | 'another_participant'; readonly at: number }
  | { readonly then: 'escalate'; readonly to: readonly string[] }
  | { readonly then: 'skip' | 'fail' };

export type Event =
  | PolicyEvent
  | CompensationEvent
  | HoldEvent
  | EventShape<
      'run.created',
      {
        readonly run: string;
        readonly definition: DefinitionRef;
        readonly input: Json;
        readonly startedBy: string;
        readonly accountable: string | null;
        readonly priority: number;
        readonly limits: Limits;
        /** What it would have had without policies; left out: the same. */
        readonly asked?: Limits;
        /** Whose work its input is, beside that of those who started it. */
        readonly contributors?: readonly string[];
        readonly parent: ParentRef | null;
        readonly depth: number;
        readonly hold: boolean;
        readonly deadline: number | null;
        readonly shape: readonly StepShape[];
        /** Names the policies that it keeps; left out: none but the usual profile. */
        readonly policies?: number;
        /** Who has to agree before it begins. */
        readonly launch?: Launch;
        readonly ruled?: Ruled;
      }
    >
  | EventShape<'run.approved', Heard & { readonly reason: string | null }>
  | EventShape<'run.rejected', { readonly failure: Failure }>
  /** `anew`: its start waits to be approved by all who are asked, also by those who had approved it with other limits. */
  | EventShape<'run.resumed', { readonly limits: Limits; readonly anew?: true; readonly ruled?: Ruled }>
  | EventShape<'run.cancelled', { readonly reason: string | null; readonly cause?: Cause }>
  | EventShape<'run.completed', { readonly output: Json }>
  | EventShape<'run.failed', { readonly failure: Failure }>
  | EventShape<'step.opened', { readonly step: string; readonly items: readonly Json[] }>
  | EventShape<'step.skipped', { readonly step: string; readonly reason: string }>
  | EventShape<'step.failed', { readonly step: string; readonly failure: Failure }>
  /** `candidate`: the passport on which it was ruled, where whoever could do it leaves it to people. */
  | EventShape<'slot.failed', FailedPlace & { readonly candidate?: string }>
  | EventShape<'slot.requeued', Place>
  | EventShape<'task.created', TaskSpec>
  /** Chosen at the start of the run, for a step that has not begun: it can be seen, and not be started. */
  | EventShape<'task.announced', TaskSpec>
  | EventShape<
      'task.offered',
      {
        readonly task: string;
        readonly offeredTo: readonly string[] | null;
        readonly explanation?: Explanation;
      }
    >
  /** Nobody can be given it now. */
  | EventShape<
      'task.held',
      {
        readonly task: string;
        readonly explanation?: Explanation;
        /** Who has just given it back; left out where nobody has. */
        readonly givenBack?: readonly string[];
      }
    >
  | EventShape<'task.reserved', Holding>
  | EventShape<'task.started', Holding>
  | EventShape<
      'task.declined',
      { readonly task: string; readonly participant: string; readonly reason: string | null }
    >
  /** `lost`: its holder did not give it back, but was not heard of any more. */
  | EventShape<'task.released', { readonly task: string; readonly reason: string; readonly lost?: true }>
  | EventShape<
      'task.progressed',
      {
        readonly task: string;
        readonly fraction: number | null;
        readonly message: string | null;
        readonly usage: Usage;
      }
    >
  /**
   * `confidence` is the maker's own, 0 to 1. `review`: it is too low, or a policy says so, and the result goes to a person. `held`: it
   * counts once it is approved.
   */
  | EventShape<
      'task.completed',
      {
        readonly task: string;
        readonly output: Json;
        readonly usage: Usage;
        readonly confidence?: number;
        readonly review?: { readonly to: readonly string[]; readonly failure: Failure };
        readonly held?: ResultApproval;
        readonly ruled?: Ruled;
        readonly forced?: Forced;
      }
    >
  | EventShape<
      'task.failed',
      {
        readonly task: string;
        readonly failure: Failure;
        readonly usage: Usage;
        readonly after: AfterFailure;
        readonly forced?: Forced;
        /** An approval whose time was over, and which is rejected for that. */
        readonly rejected?: true;
      }
    >
  | PassingEvent
  | EventShape<
      'task.commented',
      { readonly task: string; readonly text: string; readonly mentions: readonly string[] }
    >
  | EventShape<
      'task.attached',
      { readonly task: string; readonly name: string; readonly sha256: string; readonly mediaType: string }
    >
  | EventShape<'task.detached', { readonly task: string; readonly name: string }>
  /** `credited`, here and below: all who have part in the act have one in the work. Left out by 0.1.0, and where a draft is taken away. */
  | EventShape<'task.drafted', { readonly task: string; readonly draft: Json; readonly credited?: true }>
  | EventShape<
      'task.set',
      { readonly task: string; readonly priority?: number; readonly deadline?: number | null }
    >
  | EventShape<'task.help_requested', { readonly task: string; readonly from: string; readonly text: string }>
  | EventShape<
      'task.helped',
      { readonly task: string; readonly request: number; readonly output: Json; readonly credited?: true }
    >
  /** Done before its turn. */
  | EventShape<'task.predone', { readonly task: string; readonly output: Json; readonly ruled?: Ruled }>
  /** Its turn has come, and what was done before is its result. */
  | EventShape<'task.used', Place & { readonly task: string; readonly attempt: number }>
  /** `now`: what it asks from now on, where that is something else; `settles`: how it ends with that. */
  | EventShape<
      'task.decided',
      Heard & {
        readonly task: string;
        readonly decision: Decision;
        readonly now?: ApprovalNow;
        readonly settles?: Settled;
      }
    >
  /** `quorum`: how many approvals it takes from now on, where that is something else. */
  | EventShape<
      'task.escalated',
      { readonly task: string; readonly to: string; readonly deadline: number; readonly quorum?: number }
    >
  | DeadlineEvent
  | EventShape<'task.skipped', { readonly task: string; readonly reason: string | null }>
  /** `stale`: an approval whose subject is being made anew. */
  | EventShape<
      'task.exited',
      {
        readonly task: string;
        readonly reason: string;
        readonly stale?: true;
        /** A policy has people decide before it is given out, or do it: it was no attempt. */
        readonly forPeople?: true;
        /** An administrator ended it: what becomes of its place. Else that waits to be opened again. */
        readonly ended?: { readonly failure: Failure; readonly after: AfterFailure };
      }
    >
  | EventShape<
      'wait.opened',
      Place & {
        readonly attempt: number;
        readonly round: number;
        readonly due: number | null;
        readonly signal: string | null;
      }
    >
  | EventShape<'wait.completed', Place & { readonly output: Json; readonly signal: string | null }>
  | EventShape<'wait.failed', Place & { readonly failure: Failure; readonly after: AfterFailure }>
  | EventShape<'wait.exited', Place & { readonly reason: string }>
  | EventShape<
      'child.opened',
      Place & {
        readonly attempt: number;
        readonly round: number;
        readonly run: string;
        readonly definition: string;
        readonly definitionVersion: number | null;
        readonly input: Json;
        readonly limits: Allotment;
      }
    >
  | EventShape<
      'child.completed',
      Place & {
        readonly run: string;
        readonly output: Json;
        readonly usage: RunUsage;
        readonly contributors: readonly string[];
        readonly doers?: Doers;
      }
    >
  | EventShape<
      'child.failed',
      FailedPlace & {
        readonly run: string;
        readonly usage: RunUsage;
        readonly contributors: readonly string[];
        readonly doers?: Doers;
      }
    >
  /** It is told to end, and holds its part of the limits until it has. */
  | EventShape<'child.exited', Place & { readonly run: string; readonly reason: string }>
  /** A child that was told to end has ended. */
  | EventShape<
      'child.settled',
      Place & {
        readonly run: string;
        readonly usage: RunUsage;
        /** Left out: nobody. */
        readonly contributors?: readonly string[];
        readonly doers?: Doers;
        /** It had completed before it heard: its slot is done, and undone with what else is. */
        readonly completed?: { readonly output: Json };
      }
    >
  /** `credited`: what was sent is a part in the work. Left out where nothing was, and by 0.1.0. */
  | EventShape<
      'signal.received',
      { readonly signal: string; readonly payload: Json; readonly credited?: true }
    >;

/** Who did work, and the human who answers for each. */
export type Doers = Readonly<Record<string, string | null>>;

interface FailedPlace extends Place {
  readonly failure: Failure;
  readonly after: AfterFailure;
  readonly ruled?: Ruled;
}
/** What a child run may use of its parent's limits; null is no cap. Held for it until it ends. */
export interface Allotment {
  readonly concurrency: number;
  readonly tasks: number;
  readonly tokens: number | null;
  readonly cost: Money | null;
  readonly duration: number | null;
}
export type RunUsage = Usage & { readonly tasks: number };
export type EventType = Event['type'];
export type EventOf<Type extends EventType> = Extract<Event, { type: Type }>;
