export { pinnedBy, RunBoundaries, type Asking, type Forbids, type Surroundings } from './boundaries.ts';
export { boundDelegation, type BoundDelegation, type Bounded } from './delegations.ts';
export { denialOf, forbidsNow, mayNotBegin, newAsking, startDenialOf, type Known } from './denial.ts';
export { foresee } from './foresight.ts';
export { participantOf, timeOf } from './facts.ts';
export { Policies } from './policies.ts';
export { askingAbout, type Decision, type Proposed } from './proposals.ts';
export type { GrantRecord, InForce, PolicyChange, PolicySetRecord, StopRecord } from './records.ts';
