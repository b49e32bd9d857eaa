import { asksApproval, leaving, whyOf } from '../../policy/ruling.ts';
import { isLeftToPeople, suffices } from '../../policy/tool-gate.ts';
import { carryingOut, onApproval } from '../approvals/use.ts';
import type { Authority } from '../attribution.ts';
import type { CommandOf } from '../command.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import { denied, routesOf } from './ruling.ts';
import { spendStanding } from './standing.ts';
import { callsOf, type ToolCall } from './state.ts';
import { answer, answerWith, working } from './tool-request.ts';
import type { Task } from '../state.ts';
import { held, isRefused } from '../tasks/guard.ts';

/** Calls: their beginning, which is written before it (TOOL-2), and what came of them (TOOL-5). */
const callOf = (draft: Draft, task: Task, request: string): ToolCall | Rejection =>
  callsOf(draft.state, task.id)[request] ??
  refuse('tool_request_unknown', `Task ${task.id} has made no request ${request}.`);

const isNo = (answered: ToolCall | Rejection): answered is Rejection => !('digest' in answered);

export const useTool = (draft: Draft, command: CommandOf<'tool.use'>): Rejection | null => {
  const task = working(draft, command);
  if (isRefused(task)) return task;
  const call = callOf(draft, task, command.request);
  if (isNo(call)) return call;
  const refusal = unusable(draft, call, command.digest) ?? forbidden(draft, task, call);
  if (refusal) return refusal;
  const data = { task: task.id, request: call.id, call: call.call };
  draft.emitAs('tool.used', task.layer, data, carryingOut(draft.moment.by, approvalOf(call)));
  return answerWith(draft, task, call.id);
};

/** What people have granted, for this call or for calls like it. */
const approvalOf = ({ approval, digest, standing }: ToolCall): Authority | undefined => {
  if (approval !== undefined) return onApproval({ approval, digest });
  return standing === null ? undefined : { kind: 'approval', id: `grant:${standing}` };
};

const unusable = ({ moment }: Draft, call: ToolCall, digest: string): Rejection | null => {
  if (call.agent !== moment.by.actor)
    return refuse('not_holder', `Request ${call.id} is that of ${call.agent}; ask for a call of your own.`);
  if (call.digest !== digest)
    return refuse('arguments_changed', `Request ${call.id} is for other arguments.`, { digest: call.digest });
  if (call.status === 'calling' || call.status === 'used')
    return refuse('grant_used', `The call of request ${call.id} was begun already, and is for one.`);
  if (call.status !== 'granted')
    return refuse('tool_request_status', `Request ${call.id} is ${call.status}.`, { status: call.status });
  return moment.now < call.expiresAt
    ? null
    : refuse('grant_expired', `The grant of request ${call.id} is over; ask again.`);
};

/** What was granted may be forbidden since, and what it rests on may not do any more. */
const forbidden = (draft: Draft, task: Task, call: ToolCall): Rejection | null => {
  const { boundaries } = draft.moment;
  if (!boundaries) return null;
  const { tool, class: is, agent } = call;
  const wanted = { task, agent, tool, class: is, arguments: draft.content(call.arguments) };
  const asked = boundaries.ruleCall(wanted, draft.state);
  if (asked.ruling.verdict === 'deny') return denied(asked.ruling, draft, `${tool} may not be called.`);
  if (isLeftToPeople(asked.ruling))
    return refuse('human_required', `${tool} is to be called by a person. ${whyOf(leaving(asked.ruling))}`, {
      to: routesOf(asked.ruling),
    });
  if (call.standing !== null) return spendStanding(draft, call.standing, asked);
  const lacking = asksApproval(asked.ruling).filter((obligation) => !suffices(call.restsOn, [obligation]));
  return lacking.length === 0
    ? null
    : refuse('approval_insufficient', 'More is asked of this call than was approved; ask again.', {
        restsOn: lacking.flatMap(({ restsOn }) => restsOn),
      });
};

export const toolDone = (draft: Draft, command: CommandOf<'tool.done'>): Rejection | null => {
  const task = held(draft, command, 'progress');
  if (isRefused(task)) return task;
  const call = callOf(draft, task, command.request);
  if (isNo(call)) return call;
  if (call.status === 'used') return answer(draft, call);
  if (call.status !== 'calling') return notCalling(call);
  const result = draft.settle(command.result);
  draft.emit('tool.done', task.layer, { task: task.id, request: call.id, result });
  return answerWith(draft, task, call.id);
};

export const toolFailed = (draft: Draft, command: CommandOf<'tool.failed'>): Rejection | null => {
  const task = held(draft, command, 'progress');
  if (isRefused(task)) return task;
  const call = callOf(draft, task, command.request);
  if (isNo(call)) return call;
  if (call.status !== 'calling') return notCalling(call);
  const { code, message, effect } = command;
  draft.emit('tool.failed', task.layer, { task: task.id, request: call.id, code, message, effect });
  return answerWith(draft, task, call.id);
};

const notCalling = ({ id, status }: ToolCall): Rejection =>
  refuse('tool_request_status', `Request ${id} is ${status}: no call of it is under way.`, { status });
