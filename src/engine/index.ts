export { MAX_ITEMS } from './advance.ts';
export {
  ENGINE_ACTOR,
  partiesTo,
  type Attribution,
  type Authority,
  type DelegationLink,
} from './attribution.ts';
export {
  approvalsNow,
  hasSpoken,
  apartFrom,
  voicesOf,
  type Decision,
  type DecisionOutcome,
  type Stage,
} from './approvals/terms.ts';
export { listOf, problemsOf } from './check.ts';
export type * from './command.ts';
export type * from './events/compensation.ts';
export type { Deadline } from './deadline-terms.ts';
export { isLeftOff } from './done.ts';
export { INLINE_BYTES } from './draft.ts';
export type * from './event.ts';
export { evolve } from './evolve.ts';
export type * from './events/policies.ts';
export { writeQuestion, writtenIn } from './may-begin.ts';
export { workAtTurn } from './policies/begin.ts';
export { writeAtTurn } from './policies/record.ts';
export { objectionToStart } from './policies/launch.ts';
export type {
  Beginning,
  Boundaries,
  CallRuling,
  CandidateRuling,
  Question,
  WantedCall,
} from './policies/ruling.ts';
export type { Ruled } from '../policy/ruling.ts';
export {
  callsOf,
  isToolApproval,
  leaveFor,
  policiesAsking,
  type BoundaryState,
  type Launch,
  type TaskCaps,
  type ToolCall,
} from './policies/state.ts';
export { attemptId, taskOfRequest } from './ids.ts';
export { toolAnswer } from './policies/tool-request.ts';
export { refuse, type Failure, type Rejection } from './failure.ts';
export { holdOf, type Hold } from './hold.ts';
export * from './lifecycle.ts';
export { addMoney } from './money.ts';
export { MAX_DEPTH } from './open-child.ts';
export { MAX_KEPT_SIGNALS } from './run-commands.ts';
export {
  totalUsage,
  type Approval,
  type Escalation,
  type HelpRequest,
  type OpenTasks,
  type RunState,
  type SlotState,
  type StepState,
  type Suspension,
  type Task,
  type TaskAttachment,
  type TaskComment,
  type TaskNotes,
} from './state.ts';
export { awaitsActivation, isForOthers, MAX_LOSSES } from './tasks/commands.ts';
export { hasTurn } from './steps.ts';
export { resultOf } from './out-of-turn.ts';
export { takenNow } from './tasks/guard.ts';
export { askedToHelp, unanswerable } from './tasks/help.ts';
export { isTakenIn, mayByRole, rolesFor, takenBy, type Standing, type Stood } from './tasks/roles.ts';
export { askedBefore } from './steps.ts';
export { transition } from './transition.ts';
export { verdictOf, type Verdict, type Waits } from './verdict.ts';
export { awaitsEndorsement, hasEndorsed, isOpenTo } from './policies/launch.ts';
