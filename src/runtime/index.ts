export {
  leafReader,
  prunedLines,
  type ArchiveFile,
  type ArchiveFolder,
  type ArchivePoint,
} from './archive/index.ts';
export { chainOf, partiesOf, type Acting, type Chain } from './acting.ts';
export { Admission } from './admission.ts';
export { storedArtifact } from './stored-artifact.ts';
export { attribute, byRole, byTask, byVoice, inPlaceOf, type Asks } from './authority.ts';
export { systemClock, type Clock } from './clock.ts';
export { DatabaseClock } from './nodes/database-clock.ts';
export { EMPTY_HEAD, sealEvent } from './entries.ts';
export {
  ADMINISTRATOR,
  CHANGED_MEANWHILE,
  done,
  mayAct,
  no,
  delegationStatus,
  ORGANISATION,
  PRESENT_MS,
  uncovered,
  unknownDelegation,
  unknownParticipant,
  writing,
  type ClaimTerms,
  type Deed,
  type DelegationRecord,
  type Limit,
  type Organisation,
  type Refused,
  type Registered,
  type Remember,
  type RememberOf,
  type TokenRecord,
} from './organisation/index.ts';
export { isListedByState, summaryOf, type RunSummary } from './rows.ts';
export type { RunNow } from './hot.ts';
export type { Outcome, Receipt } from './runs.ts';
export { barTo, objectionTo } from './scheduling/objections.ts';
export { factsOf, type Requirement } from './scheduling/router.ts';
export { Runtime } from './runtime.ts';
export { situationsOf } from './policies/history.ts';
export {
  denialOf,
  forbidsNow,
  foresee,
  askingAbout,
  mayNotBegin,
  newAsking,
  participantOf,
  startDenialOf,
  pinnedBy,
  timeOf,
  type Asking,
  type Decision,
  type GrantRecord,
  type Known,
  type PolicyChange,
  type Proposed,
  type StopRecord,
} from './policies/index.ts';
