import type { Assign, Limits, Safety } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import type { Hashing } from '../policy/hashing.ts';
import type { Ruled } from '../policy/ruling.ts';
import type { DecisionOutcome } from './approvals/terms.ts';
import type { Attribution } from './attribution.ts';
import type { Cause } from './events/compensation.ts';
import type {
  Allotment,
  DefinitionRef,
  Doers,
  Event,
  Explanation,
  ParentRef,
  Place,
  RunUsage,
  TaskSpec,
  TaskTerms,
  Usage,
} from './event.ts';
import type { Failure, Rejection } from './failure.ts';
import type { Boundaries } from './policies/ruling.ts';
import type { ToolCommand } from './policies/tools.ts';
import type { RunState, Task } from './state.ts';

/** What may be asked of a run. Who asks, and on what authority, is in the moment. */
export type Command =
  | StartRun
  | (Reasoned<'approve'> & {
      /** Parties for which the approver speaks. */
      readonly as?: readonly string[];
      /** Whoever is away in whose place they do. */
      readonly inNameOf?: string;
    })
  | Reasoned<'reject'>
  | (Reasoned<'pause'> & ByParent)
  | (Reasoned<'stop'> & ByParent)
  | (Reasoned<'cancel'> & {
      /** What becomes of what was done; left out, it is undone where its step says how. */
      readonly recovery?: Recovery;
      /** Tasks that somebody has begun and may bring to their end. */
      readonly keep?: readonly string[];
      readonly cause?: Cause;
      /** And every other run of its definition that there is now, with the same recovery. */
      readonly all?: boolean;
    })
  /** What was done in a phase, and in those that depend on it, is undone where its step says how, and done again. */
  | (Reasoned<'rollback'> & { readonly phase: string; readonly cause?: Cause })
  | ({
      readonly type: 'resume';
      readonly limits?: Partial<Limits>;
      /** Parties for which whoever gives the limits may approve the start. */
      readonly as?: readonly string[];
    } & ByParent)
  | { readonly type: 'signal'; readonly signal: string; readonly payload: Json }
  | { readonly type: 'timer'; readonly what: TimerMeaning }
  | ({ readonly type: 'child.end' } & ChildEnd)
  | TaskCommandOf
  | ToolCommand;

/** What becomes of effects: they stay, are undone, or are undone as far as the run has got since a phase, which is done again. */
export type Recovery = 'none' | 'compensate' | { readonly rollback: string };

/** How an administrator handles an exception of a task. What is left out: the run goes on, and nothing is undone. */
export interface Handling {
  readonly reason?: string;
  readonly cause?: Cause;
  /** The other work of the run is removed, and the run ends; or that of all runs of its definition. */
  readonly remove?: 'run' | 'all';
  readonly recovery?: Recovery;
}

/** The run it belongs to asks for it, and no person. */
interface ByParent {
  readonly byParent?: true;
}
interface Reasoned<Type extends string> {
  readonly type: Type;
  readonly reason?: string;
}
interface Taking<Type extends string> {
  readonly type: Type;
  readonly task: string;
  readonly assignee: string;
  /** It need not be offered to them: they administer it. */
  readonly administrator?: boolean;
}
export type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>;

export interface StartRun {
  readonly type: 'start';
  readonly run: string;
  readonly definition: DefinitionRef;
  readonly input: Json;
  readonly priority: number;
  /** Of a child: who started its parent. Left out, it is whoever asks. */
  readonly startedBy?: string;
  readonly accountable: string | null;
  /** Waits for `approve` before anything opens. */
  readonly hold: boolean;
  readonly parent?: ParentRef;
  readonly depth?: number;
  /** What the parent lets it use. */
  readonly allotment?: Allotment;
  /** Passports whose work went into the input. */
  readonly contributors?: readonly string[];
}

export interface ChildEnd extends Place {
  readonly run: string;
  readonly output: Json;
  /** Null when it completed. */
  readonly failure: Failure | null;
  readonly usage: RunUsage;
  /** Whose work went into it, as in the state of the run. */
  readonly contributors: readonly string[];
  /** Who did its steps, as in their states; left out: nobody. */
  readonly doers?: Doers;
  /** Where policies kept it from its start. */
  readonly ruled?: Ruled;
}

export type TaskCommandOf =
  | Taking<'task.claim'>
  | Taking<'task.start'>
  | ({ readonly type: 'task.progress' } & Held & {
        readonly fraction?: number;
        readonly message?: string;
        readonly usage?: Usage;
      })
  | ({ readonly type: 'task.complete' } & Held & {
        readonly output: Json;
        readonly usage?: Usage;
        /** The next task of the run that its doer may do begins with that. */
        readonly chain?: boolean;
        /** How sure its maker is of it, 0 to 1. */
        readonly confidence?: number;
      })
  | ({ readonly type: 'task.fail' } & Held & {
        readonly code: string;
        readonly message: string;
        readonly retryable?: boolean;
        readonly usage?: Usage;
      })
  | ({ readonly type: 'task.release' } & Held & { readonly reason?: string })
  /** Whoever it is offered to, or reserved for, does not want it. */
  | {
      readonly type: 'task.decline';
      readonly task: string;
      readonly participant: string;
      readonly reason?: string;
    }
  /** What routing rests on has changed: it is asked again. `seen`: as the task lay for who asks; nothing is done where it has moved since. */
  | {
      readonly type: 'task.route';
      readonly task: string;
      readonly reason: string;
      readonly seen?: { readonly token: number; readonly routed: number };
    }
  /** The lease of the holder ran out. */
  | ({ readonly type: 'task.expire' } & Held)
  | { readonly type: 'task.skip'; readonly task: string; readonly reason?: string }
  | ({ readonly type: 'task.activate' } & Held)
  | ({ readonly type: 'task.nominate' } & Held & { readonly to: readonly string[] })
  | ({ readonly type: 'task.stop' } & Held)
  | ({ readonly type: 'task.suspend' } & Held & { readonly until?: number; readonly reason?: string })
  | ({ readonly type: 'task.resume' } & Held)
  | ({ readonly type: 'task.delegate' } & Held & Passing)
  /** `from` is who passes it on, where nobody has it; null for an administrator. */
  | ({ readonly type: 'task.forward' } & Held & Passing & { readonly from: string | null })
  | ({ readonly type: 'task.exit' } & Held & { readonly reason?: string })
  | {
      readonly type: 'task.comment';
      readonly task: string;
      readonly text: string;
      readonly mentions: readonly string[];
    }
  | {
      readonly type: 'task.attach';
      readonly task: string;
      readonly name: string;
      readonly sha256: string;
      readonly mediaType: string;
    }
  | { readonly type: 'task.detach'; readonly task: string; readonly name: string }
  | ({ readonly type: 'task.draft' } & Held & { readonly draft: Json })
  | {
      readonly type: 'task.set';
      readonly task: string;
      readonly priority?: number;
      readonly deadline?: number | null;
    }
  | ({ readonly type: 'task.request_help' } & Held & { readonly from: string; readonly text: string })
  | { readonly type: 'task.help'; readonly task: string; readonly request: number; readonly output: Json }
  /** An administrator gives the result, whoever has the task. */
  | ({ readonly type: 'task.force_complete' } & Held & Handling & { readonly output: Json })
  /** It has failed for good, whatever its step says about failures. */
  | ({ readonly type: 'task.force_fail' } & Held & Handling)
  /** `begins`: its holder is a person, and goes on with it; others come for it. */
  | ({ readonly type: 'task.restart' } & Held & Handling & { readonly begins: boolean })
  /** `administrator`: as for claims. */
  | {
      readonly type: 'task.predo';
      readonly task: string;
      readonly output: Json;
      readonly administrator?: boolean;
    }
  /** The task has ended, so its step is named too, and the round in which it was done. */
  | {
      readonly type: 'task.redo';
      readonly task: string;
      readonly step: string;
      readonly round: number;
      readonly reason?: string;
    }
  | {
      readonly type: 'task.decide';
      readonly task: string;
      readonly outcome: DecisionOutcome;
      readonly subject: string;
      readonly reason?: string;
      /** With `approve_with_changes`: the whole subject, as it is to be. */
      readonly changes?: Json;
      /** The parties and groups that the decider speaks for. */
      readonly as?: readonly string[];
      /** Whoever is away in whose place they do. */
      readonly inNameOf?: string;
    };

/** Passing a task on. Without `keepState`, which is the usual, whoever gets it begins anew. */
interface Passing {
  readonly to: string;
  readonly keepState?: boolean;
  readonly reason?: string;
}

/** The fencing token the caller was given with the task. */
export interface Held {
  readonly task: string;
  readonly token: number;
}

export type TimerMeaning =
  | { readonly kind: 'deadline' | 'activate' | 'resume'; readonly task: string }
  | ({ readonly kind: 'retry' | 'wait'; readonly round: number; readonly attempt: number } & Place)
  /** A deadline of a task is over, or somebody is to be reminded of it at this time. */
  | {
      readonly kind: 'due';
      readonly task: string;
      readonly deadline: number;
      readonly reminder: number | null;
    }
  | { readonly kind: 'launch'; readonly approval: number }
  /** The run goes on with what was too much for one transition (FLOW-6). */
  | { readonly kind: 'advance' }
  | { readonly kind: 'duration' };

/** What the outside lends to a transition: the time, who acts, and hashing. */
export interface Moment extends Hashing {
  readonly now: number;
  readonly by: Attribution;
  /** What policies say; left out, nothing is bounded. */
  readonly boundaries?: Boundaries;
  byteLength(text: string): number;
  /** Content of an artifact; undefined when it is not at hand. */
  artifact(sha256: string): Json | undefined;
  /** Who is to do it. Asked once for each task that is created or comes back; left out, tasks are for whoever is eligible. */
  route?(work: Work): Routed;
  /** Who goes on now with work of which one participant is to do all, or stands in for them; null where they cannot take it now. */
  keeper?(work: Work): string | null;
  /** Whether somebody who takes a task has fewer than so many open beside it. If so it is counted as theirs from now on. */
  take?(task: string, participant: string, most: number, state: RunState): boolean;
  /** Whether anybody there is could do it, free or not, be it once people have approved that. */
  canBeDone?(work: Work): boolean;
  /** The people whom parties stand for now; left out, only those are known that are named as such. */
  people?(parties: readonly string[]): readonly string[];
  /** The human who answers now for a participant; null where nobody does, or it is one. */
  accountable?(participant: string): string | null;
  /** Whether a participant has said that they are away. */
  isAway?(participant: string): boolean;
  /** When so much working time has passed, in ms since the epoch: by the hours of a participant, else by those of the organisation. */
  afterWork?(from: number, ms: number, participant: string | null): number;
  /** How much working time lies between two times, in ms, by the same hours. */
  workBetween?(from: number, to: number, participant: string | null): number;
  /** Whether it is for anybody at all, here or away. */
  hasOwner?(work: Work): boolean;
  /**
   * Why a participant may not do it, in words; null when they may. Whether they are free is not asked. `later`: nor is what people have to
   * approve before they get it.
   */
  objection?(work: Work, participant: string, later?: true): string | null;
  /** Why a person can begin no more, be they named for it or not; null where they can, and then it counts as begun by them. */
  full?(task: string, participant: string, state: RunState): Rejection | null;
}

/** What there is to do, for whoever looks for somebody to do it. */
export interface Work
  extends
    Pick<TaskSpec, 'task' | 'kind' | 'by' | 'step' | 'slot' | 'attempt' | 'priority' | 'input'>,
    Pick<TaskTerms, 'requires' | 'level' | 'from' | 'excluded' | 'separate'> {
  /** Id of the definition. */
  readonly definition: string;
  readonly safety: Safety;
  readonly assign: Assign | null;
  /** Whom `retain` and `case` mean. */
  readonly retained: string | null;
  /** Who was announced for it. */
  readonly preferred: string | null;
  readonly contributors: Readonly<Record<string, true>>;
  /** As it is when it is asked: whoever looks for somebody reads it at once. */
  readonly run: RunState;
}

export interface Routed {
  readonly placement: Placement;
  readonly explanation: Explanation | null;
}
export type Placement =
  /** `begin`: they wait for it, and it is in progress at once. */
  | { readonly kind: 'assigned'; readonly to: string; readonly begin: boolean }
  | { readonly kind: 'offered'; readonly to: readonly string[] | null }
  | { readonly kind: 'held' };

export interface TimerSet {
  readonly id: string;
  readonly due: number;
  readonly what: TimerMeaning;
}
/** A message to another run, delivered at least once after the commit. */
export type Message =
  | {
      readonly kind: 'child.start';
      readonly parent: ParentRef;
      readonly run: string;
      readonly definition: string;
      readonly definitionVersion: number | null;
      readonly input: Json;
      readonly priority: number;
      readonly depth: number;
      readonly allotment: Allotment;
      readonly by: string;
      readonly accountable: string | null;
      readonly contributors: readonly string[];
    }
  | {
      readonly kind: 'child.command';
      readonly run: string;
      readonly command: 'pause' | 'stop' | 'resume' | 'cancel';
      /** Of `cancel`: nothing of it is undone. */
      readonly recovery?: 'none';
    }
  | ({ readonly kind: 'child.end'; readonly parent: ParentRef } & Omit<ChildEnd, 'step' | 'slot'>)
  /** All runs of the definition that began before are cancelled, by whoever asked for it. `run` is where that was. */
  | {
      readonly kind: 'removal';
      readonly run: string;
      readonly definition: string;
      readonly before: number;
      readonly by: Attribution;
      readonly reason: string | null;
      readonly recovery: Recovery;
      readonly cause: Cause | null;
    };

export interface Effects {
  readonly timers: TimerSet[];
  readonly cancelled: string[];
  readonly messages: Message[];
}

/**
 * What a command led to. `needs`: artifacts that an expression reads and that the moment did not have; the state given in is
 * spent, load it again and repeat with them.
 */
export type Transition =
  | {
      readonly ok: true;
      readonly state: RunState;
      readonly events: readonly Event[];
      /** Tasks as they are now, those that ended included. */
      readonly tasks: readonly Task[];
      readonly effects: Effects;
      readonly artifacts: readonly { readonly sha256: string; readonly text: string }[];
      /** What is answered beside the state of the tasks; null where nothing is. */
      readonly answer: Json;
    }
  | { readonly ok: false; readonly rejection: Rejection }
  | { readonly ok: false; readonly needs: readonly string[] };
