import type { Json } from '../../definition/json.ts';
import type { Held } from '../command.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import { givesOut } from '../lifecycle.ts';
import { callsOf, type ToolCall } from './state.ts';
import type { Task } from '../state.ts';
import { held, isRefused } from '../tasks/guard.ts';

/** What a grant may be used for, from when it is given. */
export const GRANTED_MS = 24 * 3_600_000;

/** What the asker has to know of its request. */
export const toolAnswer = (call: ToolCall): Json => ({
  request: call.id,
  status: call.status,
  code: call.status === 'rejected' ? 'rejected' : null,
  message: call.reason,
  reasons: [],
  to: [],
  digest: call.digest,
  expiresAt: call.status === 'granted' ? call.expiresAt : null,
  restsOn: call.standing === null ? [...call.restsOn] : [`grant:${call.standing}`],
  approvals: Object.keys(call.open),
  result: call.result,
});

/** As `held`, of a task that somebody works on, in a run that gives out its tasks. */
export const working = (draft: Draft, command: Held): Task | Rejection => {
  const task = held(draft, command, 'progress');
  if (isRefused(task)) return task;
  const { actor } = draft.moment.by;
  if (task.assignee !== actor) return refuse('not_holder', `${actor} does not hold task ${task.id}.`);
  const { status, run } = draft.state;
  return givesOut(status) ? task : refuse('run_status', `Run ${run} is ${status}.`, { status });
};

export const answer = (draft: Draft, call: ToolCall): null => {
  draft.answer = toolAnswer(call);
  return null;
};

/** With the request as it stands now. */
export const answerWith = (draft: Draft, { id }: Task, request: string): null =>
  answer(draft, callsOf(draft.state, id)[request] as ToolCall);
