/** Who is eligible, who is best, and why. */
export { capabilityOf, type Capability } from './capability.ts';
export { CLAIM_NEXT, claimOf, type Claim, type Standing } from './claim.ts';
export { type Constraint } from './constraint.ts';
export {
  DELEGATION_COMMANDS,
  type Delegation,
  type DelegationCommand,
  type DelegationStatus,
  type Scope,
} from './delegation.ts';
export { ineligible, isNamed, lacking, type Ineligible, type Requirement } from './eligible.ts';
export type { WeeklyHours, WorkingHours } from './hours.ts';
export {
  accountableFor,
  PASSPORT_NEXT,
  passportOf,
  type CostRate,
  type FullPassport,
  type Passport,
  type PassportStatus,
} from './passport.ts';
export type { TrackRecord } from './track-record.ts';
export {
  PASSING,
  REASONS,
  workOf,
  type Candidate,
  type Change,
  type Choice,
  type Dropped,
  type Explanation,
  type Factors,
  type Push,
  type Reason,
  type Routing,
  type Situation,
  type Strategy,
  type Work,
} from './work.ts';
