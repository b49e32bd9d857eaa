/** What the organisation keeps: one file for each kind of it. */
export type { CapabilityProblem } from './capabilities.ts';
export type { ClaimTerms } from './claims.ts';
export type { DefinitionVersion } from './definitions.ts';
export type { DelegationRecord } from './delegation-proposal.ts';
export { delegationStatus, unknownDelegation, type Limit, type NewDelegation } from './delegations.ts';
export { Organisation, type OrganisationNews } from './organisation.ts';
export { unknownParticipant, type Availability, type Changes } from './participants.ts';
export { ADMINISTRATOR, mayAct, type Registered } from './passports.ts';
export { done, no, type Refused } from './outcome.ts';
export { PRESENT_MS } from './presence.ts';
export { uncovered, type Deed, type Terms } from './scope.ts';
export { CHANGED_MEANWHILE, ORGANISATION, writing, type Remember, type RememberOf } from './stream.ts';
export type { TokenRecord } from './tokens.ts';
