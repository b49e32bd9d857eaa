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
  | 'completed'
  | 'failed'
  | 'rejected'
  | 'cancelled';

export type RunCommand = 'approve' | 'reject' | 'pause' | 'stop' | 'resume' | 'cancel' | 'signal';

/** Where each command leads from each status; a command that is missing is refused there. */
export const RUN_COMMANDS = {
  pending_approval: { approve: 'running', reject: 'rejected', cancel: 'cancelled' },
  running: { pause: 'paused', stop: 'stopped', cancel: 'cancelled', signal: 'running' },
  paused: { resume: 'running', stop: 'stopped', cancel: 'cancelled', signal: 'paused' },
  stopped: { resume: 'running', cancel: 'cancelled', signal: 'stopped' },
  completed: {},
  failed: {},
  rejected: {},
  cancelled: {},
} as const satisfies Record<RunStatus, Partial<Record<RunCommand, RunStatus>>>;

/** Where a run can get to by its own work, without a command. */
export const RUN_PROGRESS = {
  pending_approval: ['failed'],
  running: ['completed', 'failed', 'rejected', 'paused'],
  paused: ['failed', 'rejected'],
  stopped: ['failed'],
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
  | 'redo';

/** What changes nothing about where a task stands, and is taken as long as it has not ended. */
const noted = <Status extends TaskStatus>(status: Status) =>
  ({ comment: status, attach: status, detach: status, set: status }) as const;

/**
 * `start` from `ready` claims and starts in one act. `decide` is for approvals, which many may decide at once and nobody holds; the
 * status shown is the one when the decisions settle it. `heartbeat` extends the lease of the holder, and is no event. `nominate`
 * leads to `reserved` where it names one person alone, and `resume` to the status that the task had when it was suspended. `redo`
 * leaves the task as it ended, and makes another in its place.
 */
export const TASK_COMMANDS = {
  created: {
    activate: 'ready',
    nominate: 'ready',
    skip: 'obsolete',
    exit: 'exited',
    predo: 'created',
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
    ...noted('in_progress'),
  },
  suspended: { resume: 'ready', exit: 'exited', ...noted('suspended') },
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

export const isRunFinal = (status: RunStatus): boolean => Object.keys(RUN_COMMANDS[status]).length === 0;

const TASK_FINAL: readonly TaskStatus[] = ['completed', 'failed', 'exited', 'obsolete'];
export const isTaskFinal = (status: TaskStatus): boolean => TASK_FINAL.includes(status);

export const isStepFinal = (status: StepStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'skipped';
