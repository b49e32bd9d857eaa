/** Plans made from goals: which capabilities, in what order, over what, by whom, and what that will take. */
export { describeEdited, type Described } from './edited.ts';
export type { Contract, StepDefaults } from './contract.ts';
export type {
  Budget,
  Estimate,
  Estimates,
  ExecutionStep,
  Goal,
  Plan,
  Planned,
  PlanMoment,
  PlanProblem,
  Reason,
} from './goal.ts';
export { plan } from './plan.ts';
export {
  planProposal,
  proposalRequest,
  readAnswer,
  repairRequest,
  unreadable,
  type ModelAnswer,
  type ModelRequest,
} from './proposal.ts';
export type { Choice, Experience, PlannedWork, PlanningView, RequiredApproval } from './view.ts';
