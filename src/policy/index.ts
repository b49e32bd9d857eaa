/** Boundaries: policies, the autonomy of the organisation, and what they say of one act. Imports `definition` alone. */
export { FACTS, factTable, POINTS, problemsOfFacts, TOOL_CLASSES } from './facts.ts';
export type { FactsOf, Point, Situation, ToolClass } from './facts.ts';
export type { FactRow } from './fact.ts';
export type { Hashing } from './hashing.ts';
export type { Effect, PolicyDocument } from './schema.ts';
export { checkPolicy, LIMITS_AT, type KnownNames } from './check.ts';
export { compilePolicies, noPolicies, type CompiledPolicies, type PolicySource } from './compile.ts';
export { policyNamed, restingOn } from './policy.ts';
export type { ApprovalTerms, LimitTerms, Policy, PolicyRef, PolicySet } from './policy.ts';
export { AUTONOMIES, AUTONOMY, LAUNCH_CONCURRENCY, LAUNCH_TASKS, type Autonomy } from './autonomy.ts';
export { NOT_KNOWN, STOPPED, type EmergencyStop, type Halt } from './emergency.ts';
export { checkProfile, classOfTool, profileName, readProfile, under } from './profile.ts';
export type { Profile, ProfileDocument } from './profile.ts';
export { evaluate, RULING_WORK, type Organisation } from './evaluate.ts';
export { asksApproval, cappedBy, codeOf, inWords, isStricter, ruledOf, unquoted, whyOf } from './ruling.ts';
export type {
  ApprovalObligation,
  Notification,
  Obligation,
  Reason,
  RouteObligation,
  Ruled,
  Ruling,
  RulingAuthority,
  Verdict,
} from './ruling.ts';
export { select } from './select.ts';
export { tighten, type Tightened } from './combine.ts';
export { joinRulings, onHuman, verdictAfter } from './joined.ts';
export { effective, type ExplainedPolicy, type ExplainedRow, type Explanation } from './effective.ts';
export { simulate, type Difference, type Simulation, type Trial } from './simulate.ts';
export { digestOfCall } from './tool-request.ts';
export type { ToolRequest, ToolRequestStatus } from './tool-request.ts';
export { endGrant, FRESH, LONGEST_GRANT, readStandingGrant, useGrant } from './standing-grant.ts';
export { STANDING_GRANT_COMMANDS } from './standing-grant.ts';
export type {
  GrantDecision,
  ReadStandingGrant,
  StandingGrant,
  StandingGrantDocument,
  StandingGrantState,
  StandingGrantStatus,
} from './standing-grant.ts';
export { isLeftToPeople, mayCall, suffices } from './tool-gate.ts';
export type { AskCode, Asking, Grants, MayCall, NotCode } from './tool-gate.ts';
export {
  agree,
  asked,
  awaitsVoice,
  isGiven,
  lapse,
  nextDeadline,
  refusesSpeaker,
  type Agreement,
  type AskedApproval,
  type AskedRefusal,
  type Speaker,
} from './asked-approval.ts';
export { CHANGE_COMMANDS, NEEDS_SECOND_PERSON, refusesApproval, refusesJudge } from './change.ts';
export type {
  ChangeCommand,
  ChangeRefusal,
  ChangeStatus,
  GovernedChange,
  Person,
  ProposedChange,
} from './change.ts';
