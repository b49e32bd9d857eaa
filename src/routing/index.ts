/** Who may do a piece of work, who fits best, and why. */
export { capabilityOf, cycleOf, type Capability, type CapabilityGraph } from './capability.ts';
export { draw } from './chance.ts';
export { CLAIM_NEXT, claimOf, counts, countsAt, type Claim, type Standing } from './claim.ts';
export { isWithin, unmet, type Constraint, type Scalar } from './constraint.ts';
export {
  DELEGATION_COMMANDS,
  type Delegation,
  type DelegationCommand,
  type DelegationStatus,
  type Scope,
} from './delegation.ts';
export { Directory } from './directory.ts';
export { separatedBy } from './eligibility.ts';
export { compact, expanded, explain } from './explanation.ts';
export {
  afterOpen,
  hoursProblem,
  nextBeginning,
  nextOpening,
  openBetween,
  openingHours,
  type OpeningHours,
  type WeeklyHours,
  type WorkingHours,
} from './hours.ts';
export { isHere, isOnDuty, type Sought } from './member.ts';
export { eligible, hasOwner, missing, objection, wanted, type Objection } from './missing.ts';
export { namesPassports, partyOf, type Party } from './party.ts';
export {
  accountableFor,
  capabilitiesAt,
  capabilitiesOf,
  PASSPORT_NEXT,
  passportOf,
  type CostRate,
  type FullPassport,
  type Passport,
  type PassportStatus,
} from './passport.ts';
export { placeOf, type Queued } from './queue-order.ts';
export { pushOf, route } from './route.ts';
export { NEAR, PRIOR, WEIGHTS } from './score.ts';
export { hasTool, narrowTools } from './tools.ts';
export {
  ANY,
  TrackRecords,
  type Cost,
  type TrackFact,
  type TrackRecord,
  type TrackRecordsJson,
} from './track-record.ts';
export { Turns, type TurnsJson } from './turns.ts';
export {
  PASSING,
  REASONS,
  usualPush,
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
