/**
 * The life cycles, as tables. Guards, documentation and the status × command tests are made from them.
 *
 * LIFE-1  A status that is not a key of a command's row refuses the command.
 * LIFE-2  A final status has no way out.
 */

export type RunStatus =
  | 'pending_approval'
  | 'running'
  | 'paused'
  | 'stopped'
  | 'closing'
  | 'completed'
  | 'failed'
  | 'rejected'
  | 'cancelled';

export type RunCommand =
  | 'approve'
  | 'reject'
  | 'pause'
  | 'stop'
  | 'resume'
  | 'cancel'
  | 'rollback'
  | 'signal';

/**
 * Where each command leads from each status; a command that is missing is refused there. `cancel` leads to `closing` where something
 * is to be undone first, or goes on to its end; `resume` to `pending_approval` where the start was still to be approved when it stopped.
 */
export const RUN_COMMANDS = {
  pending_approval: { approve: 'running', reject: 'rejected', stop: 'stopped', cancel: 'cancelled' },
  running: { pause: 'paused', stop: 'stopped', cancel: 'cancelled', rollback: 'running', signal: 'running' },
  paused: {
    resume: 'running',
    stop: 'stopped',
    cancel: 'cancelled',
    rollback: 'paused',
    signal: 'paused',
  },
  stopped: { resume: 'running', cancel: 'cancelled', rollback: 'stopped', signal: 'stopped' },
  closing: {},
  completed: {},
  failed: {},
  rejected: {},
  cancelled: {},
} as const satisfies Record<RunStatus, Partial<Record<RunCommand, RunStatus>>>;

/**
 * Where a run can get to by its own work, or where a command leads otherwise than it usually does. In `closing` it is settled how it ends: nothing new begins, what was done
 * is undone where its step says how, and then it has ended.
 */
export const RUN_PROGRESS = {
  pending_approval: ['failed'],
  running: ['completed', 'failed', 'rejected', 'paused', 'closing'],
  paused: ['failed', 'rejected', 'closing'],
  stopped: ['pending_approval', 'failed', 'closing'],
  closing: ['failed', 'rejected', 'cancelled'],
  completed: [],
  failed: [],
  rejected: [],
  cancelled: [],
} as const satisfies Record<RunStatus, readonly RunStatus[]>;

export type TaskStatus =
  | 'created'
  | 'ready'
  | 'reserved'
  | 'in_progress'
  | 'suspended'
  | 'completed'
  | 'failed'
  | 'exited'
  | 'obsolete';

/** In these a task can be suspended, and to these it goes back. */
export type Suspendable = Extract<TaskStatus, 'ready' | 'reserved' | 'in_progress'>;

export type TaskCommand =
  | 'activate'
  | 'nominate'
  | 'claim'
  | 'start'
  | 'stop'
  | 'progress'
  | 'heartbeat'
  | 'complete'
  | 'fail'
  | 'release'
  | 'decline'
  | 'suspend'
  | 'resume'
  | 'delegate'
  | 'forward'
  | 'skip'
  | 'exit'
  | 'decide'
  | 'comment'
  | 'attach'
  | 'detach'
  | 'draft'
  | 'set'
  | 'request_help'
  | 'predo'
  | 'redo'
  | 'force_complete'
  | 'force_fail'
  | 'restart';

/** The word of an administrator, wherever the task stands. */
const FORCED = { force_complete: 'completed', force_fail: 'failed' } as const;

/** What changes nothing about where a task stands, and is taken as long as it has not ended. */
const noted = <Status extends TaskStatus>(status: Status) =>
  ({ comment: status, attach: status, detach: status, set: status }) as const;

/**
 * `start` from `ready` claims and starts in one act. `decide` is for approvals, which many may decide at once and nobody holds; the
 * status shown is the one when the decisions settle it. `heartbeat` extends the lease of the holder, and is no event. `nominate`
 * leads to `reserved` where it names one person alone, and `resume` to the status that the task had when it was suspended; from the
 * `ready` of `activate` and `resume` routing takes it on. `redo` leaves the task as it ended, and makes another in its place.
 * `restart` leads to `reserved` where its holder is no person, and has to come for it again.
 */
export const TASK_COMMANDS = {
  created: {
    activate: 'ready',
    nominate: 'ready',
    skip: 'obsolete',
    exit: 'exited',
    predo: 'created',
    ...FORCED,
    ...noted('created'),
  },
  ready: {
    claim: 'reserved',
    start: 'in_progress',
    decline: 'ready',
    suspend: 'suspended',
    delegate: 'reserved',
    forward: 'ready',
    skip: 'obsolete',
    exit: 'exited',
    decide: 'completed',
    ...FORCED,
    ...noted('ready'),
  },
  reserved: {
    start: 'in_progress',
    release: 'ready',
    decline: 'ready',
    suspend: 'suspended',
    delegate: 'reserved',
    forward: 'ready',
    skip: 'obsolete',
    exit: 'exited',
    draft: 'reserved',
    request_help: 'reserved',
    ...FORCED,
    ...noted('reserved'),
  },
  in_progress: {
    stop: 'reserved',
    progress: 'in_progress',
    heartbeat: 'in_progress',
    complete: 'completed',
    fail: 'failed',
    release: 'ready',
    suspend: 'suspended',
    delegate: 'reserved',
    forward: 'ready',
    skip: 'obsolete',
    exit: 'exited',
    draft: 'in_progress',
    request_help: 'in_progress',
    restart: 'in_progress',
    ...FORCED,
    ...noted('in_progress'),
  },
  suspended: { resume: 'ready', exit: 'exited', ...FORCED, ...noted('suspended') },
  completed: { redo: 'completed' },
  failed: {},
  exited: {},
  obsolete: {},
} as const satisfies Record<TaskStatus, Partial<Record<TaskCommand, TaskStatus>>>;

/** Where routing can take a task, without a command of anybody: `created` is announced or held back. */
export const TASK_ROUTING = {
  created: ['ready', 'reserved', 'in_progress'],
  ready: ['created', 'ready', 'reserved', 'in_progress'],
  reserved: ['created', 'ready', 'reserved', 'in_progress'],
  in_progress: [],
  suspended: [],
  completed: [],
  failed: [],
  exited: [],
  obsolete: [],
} as const satisfies Record<TaskStatus, readonly TaskStatus[]>;

export type ApprovalStatus =
  | 'open'
  | 'approved'
  | 'approved_with_changes'
  | 'changes_requested'
  | 'rejected'
  | 'expired'
  | 'stale'
  | 'withdrawn';

export const APPROVAL_NEXT = {
  open: [
    'approved',
    'approved_with_changes',
    'changes_requested',
    'rejected',
    'expired',
    'stale',
    'withdrawn',
  ],
  approved: [],
  approved_with_changes: [],
  changes_requested: [],
  rejected: [],
  expired: [],
  stale: [],
  withdrawn: [],
} as const satisfies Record<ApprovalStatus, readonly ApprovalStatus[]>;

export type StepStatus = 'pending' | 'open' | 'completed' | 'failed' | 'skipped';

const RUN_FINAL: readonly RunStatus[] = ['completed', 'failed', 'rejected', 'cancelled'];
export const isRunFinal = (status: RunStatus): boolean => RUN_FINAL.includes(status);

/** Whether a run in this status gives out its tasks. */
export const givesOut = (status: RunStatus): boolean => status === 'running' || status === 'closing';

const TASK_FINAL: readonly TaskStatus[] = ['completed', 'failed', 'exited', 'obsolete'];
export const isTaskFinal = (status: TaskStatus): boolean => TASK_FINAL.includes(status);

export const isStepFinal = (status: StepStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'skipped';
