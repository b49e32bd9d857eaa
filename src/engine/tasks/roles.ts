import type { TaskPrivilege, TaskRole, TaskRules } from '../../definition/task-rules.ts';
import { TASK_COMMANDS, type Suspendable, type TaskCommand, type TaskStatus } from '../lifecycle.ts';
import type { Task } from '../state.ts';

/**
 * Who may do what to a task, by the role they have to it and the status it is in.
 *
 * ROLE-1  A role does what its row says, more where the step grants it and less where the step withdraws it; a status that does not
 *         take a command takes it from nobody, whatever is granted.
 * ROLE-2  An excluded owner is never a potential owner, and has no row.
 * ROLE-3  A suspended task goes on at the word of whoever could act on it before: it is asked by the status it remembers.
 */
export type Standing = Exclude<TaskStatus, 'suspended'> | `suspended_${Suspendable}`;

const PO = 'potential_owner';
const AO = 'actual_owner';
const TI = 'initiator';
const SH = 'stakeholder';
const BA = 'business_administrator';

const CONCERNED = [PO, AO, TI, SH, BA] as const;
const VIEW = { view: CONCERNED } as const;
const NOTED = { ...VIEW, comment: CONCERNED, attach: CONCERNED, detach: CONCERNED, set: CONCERNED } as const;
const FORCED = { force_complete: [BA], force_fail: [BA] } as const;
const suspended = (roles: readonly TaskRole[]) =>
  ({ resume: roles, exit: [BA], ...FORCED, ...NOTED }) as const;

export const TASK_ROLES = {
  created: {
    activate: [BA],
    nominate: [BA],
    skip: [TI, BA],
    exit: [BA],
    predo: [PO, AO, BA],
    ...FORCED,
    ...NOTED,
  },
  ready: {
    claim: [PO, BA],
    start: [PO, BA],
    decline: [PO],
    suspend: [PO, BA],
    delegate: [PO, BA],
    forward: [PO, BA],
    skip: [PO, BA],
    exit: [BA],
    decide: [PO],
    ...FORCED,
    ...NOTED,
  },
  reserved: {
    start: [AO],
    release: [AO, BA],
    decline: [AO],
    suspend: [AO, BA],
    delegate: [AO, BA],
    forward: [AO, BA],
    skip: [AO, BA],
    exit: [BA],
    draft: [AO],
    request_help: [AO],
    ...FORCED,
    ...NOTED,
  },
  in_progress: {
    stop: [AO, BA],
    progress: [AO],
    heartbeat: [AO],
    complete: [AO, BA],
    fail: [AO, BA],
    release: [AO, BA],
    suspend: [AO, BA],
    delegate: [AO, BA],
    forward: [AO, BA],
    skip: [AO, BA],
    exit: [BA],
    draft: [AO],
    request_help: [AO],
    pile: [AO],
    chain: [AO],
    restart: [AO, BA],
    ...FORCED,
    ...NOTED,
  },
  suspended_ready: suspended([PO, BA]),
  suspended_reserved: suspended([AO, BA]),
  suspended_in_progress: suspended([AO, BA]),
  completed: { redo: [AO, BA], ...VIEW },
  failed: VIEW,
  exited: VIEW,
  obsolete: VIEW,
} as const satisfies Record<Standing, Partial<Record<TaskPrivilege, readonly TaskRole[]>>>;

type Rows = Record<Standing, Partial<Record<TaskPrivilege, readonly TaskRole[]>>>;
const ROWS: Rows = TASK_ROLES;

/** A task as far as its roles are concerned. */
export interface Stood {
  readonly status: TaskStatus;
  readonly suspension: { readonly from: Suspendable } | null;
  readonly rules: TaskRules | null;
}

const standingOf = ({ status, suspension }: Stood): Standing =>
  status === 'suspended' ? `suspended_${suspension?.from ?? 'ready'}` : status;

/** The roles that may, among those the table and the step's own rules name. */
export const rolesFor = (task: Stood, privilege: TaskPrivilege): readonly TaskRole[] => {
  if (!takes(task.status, privilege)) return [];
  const usual = ROWS[standingOf(task)][privilege] ?? [];
  const changes = task.rules?.privileges;
  if (!changes) return usual;
  return CONCERNED.filter((role) => {
    const change = changes[role];
    if (change?.withdraw.includes(privilege)) return false;
    return usual.includes(role) || change?.grant.includes(privilege) === true;
  });
};

/** What is not done to the task itself is asked of the table of roles alone. */
const takes = (status: TaskStatus, privilege: TaskPrivilege): boolean =>
  privilege === 'view' || privilege === 'pile' || privilege === 'chain' || privilege in TASK_COMMANDS[status];

export const mayByRole = (task: Stood, privilege: TaskPrivilege, roles: ReadonlySet<TaskRole>): boolean =>
  rolesFor(task, privilege).some((role) => roles.has(role));

/** Whether a task in this status takes the command at all: if not, it is the status that refuses, and not the lack of a role. */
export const isTakenIn = (status: TaskStatus, command: TaskCommand): boolean =>
  command in TASK_COMMANDS[status];

/** What a task takes in its status: an approval is decided and not held, and other work is held and not decided. */
export const takenBy = ({ status, kind }: Pick<Task, 'status' | 'kind'>): TaskCommand[] =>
  (Object.keys(TASK_COMMANDS[status]) as TaskCommand[]).filter((command) =>
    kind === 'approval' ? !OF_WORK.has(command) : command !== 'decide',
  );
const OF_WORK: ReadonlySet<TaskCommand> = new Set([
  'claim',
  'start',
  'decline',
  'delegate',
  'forward',
  'predo',
  'force_complete',
  'force_fail',
]);
