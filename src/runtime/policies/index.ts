export { RunBoundaries, type Forbids, type Surroundings } from './boundaries.ts';
export { boundDelegation, type BoundDelegation } from './delegations.ts';
export { situationsOf } from './history.ts';
export { participantOf, timeOf } from './facts.ts';
export { Policies, type Decision, type InForce, type Proposed } from './policies.ts';
export type { GrantRecord, PolicyChange, PolicySetRecord, StopRecord } from './records.ts';
