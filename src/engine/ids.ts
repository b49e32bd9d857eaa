import type { LaunchApproval } from './policies/state.ts';
import type { RunState, StepState, Task } from './state.ts';

/**
 * Ids are derived, never drawn.
 *
 * ID-1  They name run, step, slot, round and attempt: the same work never gets a second id, nor an id a second work.
 * ID-2  A timer has an id of its own whenever it is set anew for the same work, so that an old one cannot be taken for it.
 */

const placeOf = (step: StepState, slot: number): string => (step.fanOut ? `${step.id}.${slot}` : step.id);

/** `RUN:phase.step[.slot]:round.attempt`, safe in a URL as it stands. */
export const workId = (state: RunState, step: StepState, slot: number, attempt: number): string =>
  `${state.run}:${placeOf(step, slot)}:${step.round}.${attempt}`;

/** That of another attempt in the same round of its slot. */
export const attemptId = (work: string, attempt: number): string =>
  `${work.slice(0, work.lastIndexOf('.') + 1)}${attempt}`;

/** `RUN~phase.step[.slot]~round.attempt` */
export const childId = (state: RunState, step: StepState, slot: number, attempt: number): string =>
  `${state.run}~${placeOf(step, slot)}~${step.round}.${attempt}`;

/** `TASK:tool.eN`, by the sequence of the event that tells of the request: also what is kept nowhere else has an id of its own. */
export const toolRequestId = ({ sequence }: RunState, task: string): string =>
  `${task}:tool.e${sequence + 1}`;

/** The task that a request belongs to; the empty text where it is no id of a request. */
export const taskOfRequest = (request: string): string =>
  request.slice(0, Math.max(0, request.lastIndexOf(':tool.')));

/** Approvals have a deadline for each escalation that is left. */
export const deadlineTimer = ({ id, approval, timed }: Task): string => {
  const hops = approval?.escalate.length ?? 0;
  const set = timed === 0 ? '' : `:${timed}`;
  return hops === 0 ? `${id}:deadline${set}` : `${id}:deadline${set}.${hops}`;
};
export const activationTimer = ({ id }: Task): string => `${id}:activate`;
export const resumeTimer = ({ id, suspension }: Task): string => `${id}:resume.${suspension?.since ?? 0}`;

export const retryTimer = (work: string): string => `${work}:retry`;
export const waitTimer = (work: string): string => `${work}:wait`;
export const launchTimer = (run: string, approval: number, { escalate, set }: LaunchApproval): string =>
  `${run}:launch.${approval}.${escalate.length}${set === undefined ? '' : `.${set}`}`;
/** It is set once in a transition that has events, and stands for the run as it is then. */
export const advanceTimer = ({ run, sequence }: RunState): string => `${run}:advance.${sequence}`;
export const durationTimer = (run: string): string => `${run}:duration`;
