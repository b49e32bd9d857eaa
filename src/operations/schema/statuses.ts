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
