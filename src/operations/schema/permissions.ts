/** What an operation asks of its caller. Who has which is the table in `operations/permissions.ts`. */
export const PERMISSIONS = [
  /** Definitions, runs and their events, tasks, participants, capabilities. */
  'read',
  'definitions.write',
  /** Start, pause, stop, resume, cancel, signal, and skip what may be skipped. */
  'runs.operate',
  /** Say yes or no to the start of a run. */
  'runs.approve',
  /** See and do the tasks one is eligible for. */
  'tasks.work',
  'tasks.decide',
  'participants.write',
  /** Say what others can do. */
  'claims.write',
  'capabilities.write',
  /** Make, change and end delegations of others. */
  'delegations.write',
  'tokens.write',
  /** Propose changes of policies, and try them. */
  'policies.write',
  'policies.approve',
  /** Stop all work, and let it go on. */
  'organisation.stop',
  /** Webhooks, and what became of what was sent. */
  'channels.operate',
  'ledger.read',
  'artifacts.read',
  'artifacts.write',
  /** What every participant may ask. */
  'self',
] as const;
export type Permission = (typeof PERMISSIONS)[number];
