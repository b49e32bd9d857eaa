import type { Safety } from '../../definition/index.ts';
import type { RunStatus, TaskKind, TaskStatus } from '../../engine/index.ts';
import type { Delegation, Passport, PassportStatus } from '../../routing/index.ts';

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
] as const satisfies readonly RunStatus[];
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
] as const satisfies readonly TaskStatus[];
export const DELEGATION_STATUSES = [
  'proposed',
  'active',
  'paused',
  'revoked',
  'rejected',
  'expired',
] as const satisfies readonly Delegation['status'][];
export const GRANT_STATUSES = ['active', 'exhausted', 'revoked', 'expired'] as const;
export const PASSPORT_STATUSES = [
  'available',
  'busy',
  'away',
  'suspended',
  'revoked',
] as const satisfies readonly PassportStatus[];
export const PARTICIPANT_KINDS = ['human', 'agent', 'system'] as const satisfies readonly Passport['kind'][];
export const TASK_KINDS = [
  'task',
  'approval',
  'record',
  'verification',
  'escalation',
] as const satisfies readonly TaskKind[];
export const SAFETIES = ['read_only', 'reversible', 'irreversible'] as const satisfies readonly Safety[];
export const POINT_NAMES = [
  'run.start',
  'task.assign',
  'task.start',
  'tool.call',
  'task.complete',
  'record.write',
  'delegate',
] as const;
