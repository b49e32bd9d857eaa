import type { Lapse, Layer, Limits, Safety, StepScope } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import type { TaskRules } from '../definition/task-rules.ts';
import type { Authority } from './attribution.ts';
import type { ApprovalTerms, Decision, Stage } from './approvals/terms.ts';
import type { Again, Restart, RunEnd } from './events/compensation.ts';
import type { TakenAs } from './events/passing.ts';
import type { Allotment, DefinitionRef, ParentRef, Place, RunUsage, StepShape, TaskKind } from './event.ts';
import type { Deadline } from './deadline-terms.ts';
import type { Failure } from './failure.ts';
import type { BoundaryState, HeldResult, TaskCaps } from './policies/state.ts';
import type { ApprovalStatus, RunStatus, StepStatus, Suspendable, TaskStatus } from './lifecycle.ts';

/**
 * The state of one run: the fold of its events, and nothing else. Plain data without `undefined`, so that a snapshot is its JSON.
 *
 * STATE-1  Only open work is held one by one (`tasks`, `slots`); finished slots are counters and results.
 * STATE-2  No transition reads or writes more than the work it changes: counters and lists are kept as events come.
 * STATE-3  `usage` counts every task ever created and every task open now, over all rounds, retries and children; of tasks that undo
 *          work those alone that are open, and no approvals of results (LIMIT-4).
 */
export interface RunState {
  run: string;
  /** The number of events folded, which is the sequence of the last one. */
  sequence: number;
  status: RunStatus;
  definition: DefinitionRef;
  input: Json;
  startedBy: string;
  accountable: string | null;
  priority: number;
  limits: Limits;
  /** Of a start that waits: the limits that it was asked for with, where policies have made them tighter; else left out. */
  asked?: Limits;
  parent: ParentRef | null;
  depth: number;
  createdAt: number;
  updatedAt: number;
  endedAt: number | null;
  deadline: number | null;
  /** Why it paused by itself (a limit) or ended without success; null when it was paused or stopped by somebody. */
  failure: Failure | null;
  /** When it was stopped, ms since the epoch, where its start was still to be approved: it waits for that again; else left out. */
  heldAt?: number;
  /** Of a child that is stopped, or paused `withParent`: it does not go on because its parent does; else left out. */
  alone?: true;
  /** Of a child that is paused or stopped: its parent is, and it does not go on before that; else left out. */
  withParent?: true;
  output: Json;
  steps: StepState[];
  /** Open tasks only, by id. */
  tasks: Record<string, Task>;
  open: OpenTasks;
  usage: { tasks: number; open: number; tokens: number; cost: number; held: Held };
  /** Passports whose work went into the run, and the humans accountable for them. */
  contributors: Record<string, true>;
  /**
   * Who has decided on approvals of the run, its start included, with all who let them and for whom they spoke; left out is nobody. For
   * each the policies that asked, where they ask for others than others do; else the empty text.
   */
  deciders?: Record<string, readonly string[]>;
  /** Who took the first task of the run, and has not given it back undone. */
  handler: string | null;
  /** Signals that came before anything waited for them, oldest first. */
  signals: { signal: string; payload: Json }[];
  /** Open waits for a signal, by its name, oldest first. */
  waiting: Record<string, Place[]>;
  /** Children that were told to end and have not said so yet, by run: they hold their part of the limits until they do. */
  leaving: Record<string, Allotment>;
  /** Work that undoes other work and is not over, by its step; left out while there is none. */
  undoing?: Record<string, Undoing>;
  /** What is undone before the run goes on, or ends; left out while nothing is. */
  unwinding?: Unwinding;
  /** What policies have to do with it; left out as long as that is nothing. */
  boundaries?: BoundaryState;
}

/** `refused`: the results that were not accepted and are undone now, by slot of their step; left out while there are none. */
export interface Undoing {
  restarts: Restart[];
  refused?: Record<number, Json>;
}

/** `steps` are those whose work is undone, and which do not go on meanwhile. */
export interface Unwinding {
  steps: readonly string[];
  /** How the run ends afterwards; null where it goes on. */
  end: RunEnd | null;
  /** What is done again then, in the order in which that was asked for. */
  again: readonly Again[];
}
/** Open tasks, counted by what they wait for. It is kept with the run's row, so that lists need no state. */
export interface OpenTasks {
  approvals: number;
  people: number;
  /** Tasks of agents and systems that somebody holds. */
  working: number;
  /** Tasks of agents and systems that nobody holds yet. */
  unassigned: number;
}

/** What open children hold of this run's limits. */
export interface Held {
  concurrency: number;
  tasks: number;
  tokens: number;
  cost: number;
}

export interface StepState extends StepScope {
  id: string;
  layer: Layer;
  fanOut: boolean;
  status: StepStatus;
  /** Counts from 1; a redo begins the next. */
  round: number;
  /** Times an approval of this step has sent work back. */
  redone: number;
  items: readonly Json[] | null;
  /** Slots in all; 1 without `forEach`, 0 while pending. */
  count: number;
  /** The first slot that has not been opened in this round. */
  next: number;
  /** Slots that are to be opened again, oldest first. */
  requeued: number[];
  /** Slots with an open task, wait or child. */
  active: number;
  succeeded: number;
  failed: number;
  skipped: number;
  /** Slots that are open, between attempts, or requeued. */
  slots: Record<number, SlotState>;
  output: Json;
  outputs: Json[];
  failures: Json[];
  /** Bytes of results that live as artifacts. */
  artifactBytes: number;
  feedback: Json;
  failure: Failure | null;
  /** Who did it, over all rounds, and the human who answers for each. */
  doers: Record<string, string | null>;
  lastDoer: string | null;
  /** Passports that are not to do it in this round. */
  avoid: readonly string[];
  /** Of an approval: what was approved in this round, by slot. */
  approved: Record<number, Approved>;
  /** Where its work can be undone. `at`: the sequence of the event that ended the last of it; `slots`: those undone in this round. */
  undo?: { at: number; slots: number[] };
  /** It undoes the work of others. */
  compensates?: true;
  /** Who is to have a slot again, since they had it when the work went back. */
  keeps?: { slot: number; assignee: string };
}

/** What somebody has agreed to: its digest, and the task in which they did. */
export interface Approved {
  readonly digest: string;
  readonly approval: string;
}

export interface SlotState {
  slot: number;
  /** The last attempt made; 0 before the first. */
  attempt: number;
  /** Of the attempts, those that were approvals in the place of the work, or were given to nobody because of these. */
  asked?: number;
  /** Of work that lay there when people came first: for whom, to be given out so once they have decided. */
  terms?: WhoFor;
  /** Of the same work: what people noted on it. */
  notes?: TaskNotes;
  /** Attempts that failed; a write that succeeded begins anew, as its verification is other work. */
  failures: number;
  /** `another_participant` has been tried. */
  another: boolean;
  excluded: string[];
  task: string | null;
  child: { run: string; held: Allotment } | null;
  /** An open wait: when it is due, and the signal it takes. Its time goes on while the run is paused or stopped. */
  wait: { due: number | null; signal: string | null } | null;
  /** Between attempts: when the next is due. */
  retryAt: number | null;
  /** What is written is to be read back. */
  verify: boolean;
  /** What the system of record answered to the write that is being verified. */
  written: { answer: Json; undone?: true } | null;
  /** The failure that made it a person's task: of the first of `to`, and of the next when that one fails. */
  escalation: Escalation | null;
  /** The result of work that has ended, while it is approved. */
  held?: HeldResult;
}

export type WhoFor = Pick<Task, 'from' | 'excluded' | 'by' | 'requires' | 'level' | 'priority' | 'rules'>;

export interface Escalation {
  to: readonly string[];
  failure: Failure;
  /** The result that its maker doubts. */
  result?: { output: Json; confidence: number };
}

/** One unit of work for one participant. The store keeps it as a row, also after it has ended. Times in ms since the epoch. */
export interface Task {
  id: string;
  run: string;
  step: string;
  slot: number;
  round: number;
  attempt: number;
  kind: TaskKind;
  layer: Layer;
  status: TaskStatus;
  description: string | null;
  requires: readonly string[];
  level: number | null;
  safety: Safety;
  by: 'agent' | 'human' | 'system' | null;
  from: readonly string[];
  excluded: readonly string[];
  separate: readonly string[];
  offeredTo: readonly string[] | null;
  /** The sequence of the event that says why it is where it is; 0 when none does. */
  routed: number;
  priority: number;
  deadline: number | null;
  input: Json;
  output: Json;
  failure: Failure | null;
  reason: string | null;
  skippable: boolean;
  assignee: string | null;
  /** As what they took it; left out where they have it as they are. */
  takenAs?: TakenAs;
  /** Who gave it back, while it is held back since. */
  givenBack?: readonly string[];
  /** The fencing token: rises with every claim of this task; whoever holds an older one is refused. */
  token: number;
  /** Times a holder was lost (its lease ran out). */
  losses: number;
  progress: { fraction: number | null; message: string | null } | null;
  usage: { tokens: number; cost: number };
  approval: Approval | null;
  /** It carries out what was approved. */
  restsOn?: Authority;
  /** What whoever has begun may use, as policies said then; left out where none could. */
  caps?: TaskCaps;
  /** How people deal with it, where its step says so; null is as usual. */
  rules: TaskRules | null;
  /** When it is given out, ms since the epoch; null is as soon as it is created. */
  activateAt: number | null;
  deadlines: readonly Deadline[];
  suspension: Suspension | null;
  /** What people noted on it; null is nothing. */
  notes: TaskNotes | null;
  /** Whose help its holder asked for. */
  help: readonly HelpRequest[];
  /** Passports that have passed it on, and are excluded for that alone. */
  passed: readonly string[];
  /** Its result is there before its turn has come. */
  predone: boolean;
  /** The sequence of the event that last set its deadline; 0 is its creation. */
  timed: number;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
}

/** `since` is the sequence of the event that suspended it, `until` when it goes on by itself, ms since the epoch. */
export interface Suspension {
  readonly from: Suspendable;
  readonly until: number | null;
  readonly since: number;
  /** What it has done is undone meanwhile, which takes its place in the cap of concurrency. */
  readonly undo?: true;
}

/** Bounded in number and size; see `tasks/notes.ts`. */
export interface TaskNotes {
  comments: readonly TaskComment[];
  attachments: readonly TaskAttachment[];
  /** What its holder has written so far, unchecked; or a reference to it, when it is large. */
  draft: Json;
}
export interface TaskComment {
  /** Counts from 1. */
  readonly id: number;
  readonly by: string;
  readonly at: number;
  readonly text: string;
  /** Parties that it is meant for. */
  readonly mentions: readonly string[];
}
export interface TaskAttachment {
  readonly name: string;
  readonly sha256: string;
  readonly mediaType: string;
  readonly by: string;
  readonly at: number;
}
/** `answer` is null as long as there is none. */
export interface HelpRequest {
  readonly id: number;
  readonly from: string;
  readonly text: string;
  readonly at: number;
  readonly answer: { readonly by: string; readonly at: number; readonly output: Json } | null;
}

export interface Approval extends ApprovalTerms {
  status: ApprovalStatus;
  /** SHA-256 of the canonical JSON of what was shown (the task's input). */
  subject: string;
  quorum: number;
  decisions: Decision[];
  /** Whom to add at the next deadlines. */
  escalate: readonly string[];
  within: Lapse | null;
  /** Of those who decide now. */
  stage: number;
  next: readonly Stage[];
  appeal: readonly string[];
}

export const newStep = (shape: StepShape): StepState => ({
  id: shape.step,
  layer: shape.layer,
  fanOut: shape.fanOut,
  status: 'pending',
  round: 1,
  redone: 0,
  items: null,
  count: 0,
  next: 0,
  requeued: [],
  active: 0,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  slots: {},
  output: null,
  outputs: [],
  failures: [],
  artifactBytes: 0,
  feedback: null,
  failure: null,
  doers: {},
  lastDoer: null,
  avoid: [],
  approved: {},
  ...(shape.compensated && { undo: { at: 0, slots: [] } }),
  ...(shape.compensates && { compensates: true as const }),
});

export const newSlot = (slot: number): SlotState => ({
  slot,
  attempt: 0,
  failures: 0,
  another: false,
  excluded: [],
  task: null,
  child: null,
  wait: null,
  retryAt: null,
  verify: false,
  written: null,
  escalation: null,
});

export const totalUsage = (state: RunState): RunUsage => ({
  tasks: state.usage.tasks,
  tokens: state.usage.tokens,
  cost: state.usage.cost,
});
