/** How people deal with a task, where its step says something else than usual. Which states take what is the engine's affair. */

/** The roles that somebody has to one task. */
export const TASK_ROLE_NAMES = [
  'potential_owner',
  'actual_owner',
  'excluded_owner',
  'initiator',
  'stakeholder',
  'business_administrator',
] as const;
export type TaskRole = (typeof TASK_ROLE_NAMES)[number];

/** What a step may grant to a role, or withdraw from it. */
export const TASK_PRIVILEGES = [
  'view',
  'activate',
  'nominate',
  'claim',
  'start',
  'stop',
  'progress',
  'heartbeat',
  'complete',
  'fail',
  'release',
  'decline',
  'suspend',
  'resume',
  'delegate',
  'forward',
  'skip',
  'exit',
  'decide',
  'comment',
  'attach',
  'detach',
  'draft',
  'set',
  'request_help',
  'predo',
  'redo',
  'force_complete',
  'force_fail',
  'restart',
  'pile',
  'chain',
] as const;
export type TaskPrivilege = (typeof TASK_PRIVILEGES)[number];

export interface Privileges {
  readonly grant: readonly TaskPrivilege[];
  readonly withdraw: readonly TaskPrivilege[];
}

/** Who may see tasks in which they have no role; null is what the organisation says. */
export interface Visibility {
  readonly unallocated: 'everyone' | 'candidates' | null;
  readonly allocated: 'everyone' | 'holder' | null;
}

export interface TaskRules {
  /** Parties that answer for the outcome; none is the human who answers for the run. */
  readonly stakeholders: readonly string[];
  /** Parties that administer it, beside those who operate runs. */
  readonly administrators: readonly string[];
  readonly privileges: { readonly [role in Exclude<TaskRole, 'excluded_owner'>]?: Privileges };
  /** To whom it may be delegated or forwarded. */
  readonly delegates: 'potential_owners' | 'anybody' | 'nobody';
  /** When it begins by itself: as it is created for somebody, or as soon as somebody has it. People only. */
  readonly commence: 'creation' | 'allocation' | null;
  /** Which of those whose help was asked for must have answered before it may be completed. */
  readonly help: 'all' | 'any' | 'none';
  /** It stays as it was created until an administrator activates it. */
  readonly activation: 'manual' | null;
  readonly visibility: Visibility;
}

export const USUAL_RULES: TaskRules = {
  stakeholders: [],
  administrators: [],
  privileges: {},
  delegates: 'potential_owners',
  commence: null,
  help: 'all',
  activation: null,
  visibility: { unallocated: null, allocated: null },
};
