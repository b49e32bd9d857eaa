export {
  prunedLines,
  type ArchivedRun,
  type ArchiveFile,
  type ArchiveFolder,
  type ArchivePoint,
  type ArchiveResult,
} from './archive/index.ts';
export { chainOf, partiesOf, type Acting, type Chain } from './acting.ts';
export { Admission } from './admission.ts';
export { jsonIn } from './artifact-cache.ts';
export { attribute, byRole, byTask, inPlaceOf } from './authority.ts';
export { systemClock, type Clock } from './clock.ts';
export { DatabaseClock } from './database-clock.ts';
export {
  ADMINISTRATOR,
  done,
  mayAct,
  no,
  ORGANISATION,
  PRESENT_MS,
  uncovered,
  type Availability,
  type CapabilityProblem,
  type Changes,
  type ClaimTerms,
  type Deed,
  type DefinitionVersion,
  type DelegationRecord,
  type Limit,
  type NewDelegation,
  type Organisation,
  type OrganisationNews,
  type Refused,
  type Registered,
  type Remember,
  type Terms,
  type TokenRecord,
} from './organisation/index.ts';
export { summaryOf, type RunSummary } from './rows.ts';
export type { Outcome, Receipt } from './runs.ts';
export { factsOf, type Requirement } from './router.ts';
export { Runtime, type RuntimeParts, type StartRequest } from './runtime.ts';
export type { ClaimRequest } from './scheduler.ts';
export { situationsOf } from './policies/history.ts';
export {
  denialOf,
  foresee,
  isAskedAbout,
  newAsking,
  participantOf,
  startDenialOf,
  timeOf,
  type Asking,
  type Decision,
  type GrantRecord,
  type InForce,
  type Known,
  type PolicyChange,
  type PolicySetRecord,
  type Proposed,
  type StopRecord,
} from './policies/index.ts';
