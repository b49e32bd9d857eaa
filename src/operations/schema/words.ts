/** Plain names, so that whoever only shows or checks them loads no schemas. */
export const RUN_STATUSES = [
  'pending_approval',
  'running',
  'paused',
  'stopped',
  'closing',
  'completed',
  'failed',
  'rejected',
  'cancelled',
] as const;
export const TASK_STATUSES = [
  'created',
  'ready',
  'reserved',
  'in_progress',
  'suspended',
  'completed',
  'failed',
  'exited',
  'obsolete',
] as const;
export const DELEGATION_STATUSES = [
  'proposed',
  'active',
  'paused',
  'revoked',
  'rejected',
  'expired',
] as const;
export const GRANT_STATUSES = ['active', 'exhausted', 'revoked', 'expired'] as const;
export const PASSPORT_STATUSES = ['available', 'busy', 'away', 'suspended', 'revoked'] as const;
export const PARTICIPANT_KINDS = ['human', 'agent', 'system'] as const;
export const TASK_KINDS = ['task', 'approval', 'record', 'verification', 'escalation'] as const;
export const SAFETIES = ['read_only', 'reversible', 'irreversible'] as const;
export const POINT_NAMES = [
  'run.start',
  'task.assign',
  'task.start',
  'tool.call',
  'task.complete',
  'record.write',
  'delegate',
] as const;
