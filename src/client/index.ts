export {
  createClient,
  isArtifactRef,
  jsonIn,
  type ArtifactRef,
  type CallOptions,
  type Client,
  type ClientOptions,
} from './client.ts';
export type { EventsRequest } from './events.ts';
export { ProblemError, type Problem } from './problem.ts';
export {
  DELEGATION_STATUSES,
  GRANT_STATUSES,
  PARTICIPANT_KINDS,
  PASSPORT_STATUSES,
  POINT_NAMES,
  RUN_STATUSES,
  SAFETIES,
  TASK_KINDS,
  TASK_STATUSES,
} from '../operations/schema/words.ts';
export { dueOf } from '../operations/schema/due.ts';
export type { OperationName } from '../operations/schema/routes.ts';
export type {
  CapabilityView,
  DefinitionView,
  DelegationView,
  EventView,
  InputOf,
  OutputOf,
  PassportView,
  RunSummaryView,
  RunView,
  TaskDetailView,
  TaskView,
} from '../operations/schema/index.ts';
