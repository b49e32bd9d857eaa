import type { Json } from '../../definition/json.ts';
import { covers } from '../../definition/tool-name.ts';
import type { ApprovalObligation, Ruling, ToolClass } from '../../policy/index.ts';
import { askedOn, asksApproval, codeOf, leaving, leftBy, ruledOf, whyAsked } from '../../policy/ruling.ts';
import { isLeftToPeople, mayCall, suffices, type MayCall } from '../../policy/tool-gate.ts';
import { digestOfCall } from '../../policy/tool-request.ts';
import { carryingOut } from '../approvals/use.ts';
import { partiesTo, type Authority } from '../attribution.ts';
import type { CommandOf, Held } from '../command.ts';
import type { Draft } from '../draft.ts';
import type { EventOf } from '../event.ts';
import { refuse, type Rejection } from '../failure.ts';
import { toolRequestId } from '../ids.ts';
import { approvalSpec } from './approval.ts';
import type { AskedCall } from '../events/policies.ts';
import { codesOf, routesOf, withRuling, type CallRuling } from './ruling.ts';
import { carriedBy } from './standing.ts';
import { callsOf, type ToolCall } from './state.ts';
import { answer, answerWith, GRANTED_MS, working } from './tool-request.ts';
import { setDeadlineTimer } from '../set-deadline.ts';
import type { Task } from '../state.ts';
import { isRefused } from '../tasks/guard.ts';

/**
 * The gate before the tools: what the holder of a task may call.
 *
 * TOOL-1  A request is for one call: of exactly one digest of tool and arguments, by one agent for one task. Under its key it is the
 *         same request, however often it is made; under another key it is another, also with the same arguments.
 * TOOL-2  `tool.use` is written before the call is made, and once: what has begun is never begun again, whatever dies between.
 * TOOL-3  The same call is asked of people again only where nobody has said no to it.
 * TOOL-4  What a task asked for ends with it: nobody is asked for something that nobody waits for.
 * TOOL-5  A call that failed before it did anything gives its grant back; one of which that is not known stays `calling`.
 */
export type ToolCommand =
  | ({ readonly type: 'tool.request' } & Held & {
        /** The same for every repetition of the same call. */
        readonly call: string;
        readonly tool: string;
        /** What the caller takes it for; null where it says nothing. */
        readonly class: ToolClass | null;
        readonly arguments: Json;
      })
  | ({ readonly type: 'tool.use' } & Held & { readonly request: string; readonly digest: string })
  | ({ readonly type: 'tool.done' } & Held & { readonly request: string; readonly result: Json })
  | ({ readonly type: 'tool.failed' } & Held & {
        readonly request: string;
        readonly code: string;
        readonly message: string;
        readonly effect: 'none' | 'unknown';
      });

/** Without an end; a time that JSON has. */
const FOREVER = 8_640_000_000_000_000;
/** Requests of one task, and those of them that wait for people. */
const MOST_CALLS = 1000;
const MOST_WAITING = 100;

const ruled = (draft: Draft, task: Task, command: CommandOf<'tool.request'>): CallRuling | null => {
  const { tool, class: claimed, arguments: args } = command;
  const { boundaries } = draft.moment;
  if (!boundaries) return null;
  const wanted = { task, agent: draft.moment.by.actor, tool, class: claimed, arguments: args };
  return boundaries.ruleCall(wanted, draft.state);
};

// --- asking ---------------------------------------------------------------------------------------------------------

export const requestTool = (draft: Draft, command: CommandOf<'tool.request'>): Rejection | null => {
  const task = working(draft, command);
  if (isRefused(task)) return task;
  const { actor } = draft.moment.by;
  const { call, tool, arguments: args } = command;
  const digest = digestOfCall(tool, args, draft.moment);
  const known = Object.values(callsOf(draft.state, task.id));
  const same = known.findLast((one) => one.call === call && one.agent === actor);
  if (same && same.digest !== digest)
    return refuse('call_differs', 'This call was asked for with another tool or other arguments.');
  if (same && SETTLED.includes(same.status)) return answer(draft, same);
  const ruling = ruled(draft, task, command);
  if (same && isGood(draft, same, ruling)) return answer(draft, same);
  if (known.length >= MOST_CALLS)
    return refuse('tool_requests_exhausted', `Task ${task.id} has asked for ${MOST_CALLS} calls.`);
  return decide(draft, { task, command, digest, ruling }, known);
};

/** Under its key, the request stays what it is. */
const SETTLED: readonly ToolCall['status'][] = ['waiting', 'calling', 'used', 'rejected'];

/** A grant that does not carry the call any more is asked for anew, also under its key. */
const isGood = (draft: Draft, call: ToolCall, asked: CallRuling | null): boolean => {
  if (call.status !== 'granted' || draft.moment.now >= call.expiresAt) return false;
  if (!asked) return true;
  if (asked.ruling.verdict === 'deny' || isLeftToPeople(asked.ruling)) return false;
  return call.standing === null
    ? suffices(call.restsOn, asksApproval(asked.ruling))
    : carriedBy(draft, call.standing, asked).ok;
};

interface Asking {
  readonly task: Task;
  readonly command: CommandOf<'tool.request'>;
  readonly digest: string;
  readonly ruling: CallRuling | null;
}

const decide = (draft: Draft, asking: Asking, known: readonly ToolCall[]): Rejection | null => {
  const { task, command, digest, ruling } = asking;
  if (!ruling) return grant(draft, asking, [`definition:${draft.graph.id}`], null);
  const misfit = toolMisfit(draft, command.tool);
  if (misfit) return deny(draft, asking, { code: 'tool_not_allowed', message: misfit });
  const requests = known.map((one) => ({ ...one, task: task.id }));
  const standing = draft.moment.boundaries?.standing() ?? [];
  const may = mayCall({ call: command.call, digest, ...ruling }, { requests, standing }, draft.moment.now);
  return follow(draft, asking, may, known);
};

const toolMisfit = ({ graph }: Draft, tool: string): string | null => {
  const { tools } = graph.allow;
  return tools === null || tools.some((name) => covers(name, tool))
    ? null
    : `Definition ${graph.id} allows ${tools.join(', ') || 'no tools'}, and not ${tool}.`;
};

const follow = (draft: Draft, asking: Asking, may: MayCall, known: readonly ToolCall[]): Rejection | null => {
  const { task } = asking;
  const { ruling } = asking.ruling as CallRuling;
  switch (may.may) {
    case 'call':
      if (may.grant === 'request') return answerWith(draft, task, may.request);
      if (may.grant === 'standing') return grant(draft, asking, [`grant:${may.id}`], may.id);
      return grant(draft, asking, [nameOf(ruling.authority)], null);
    case 'wait':
      return answerWith(draft, task, may.request);
    case 'not':
      return deny(draft, asking, noBy(ruling, may));
    case 'ask':
      if (may.code === 'rejected_before')
        return deny(draft, asking, {
          code: 'rejected_before',
          message: 'People have said no to exactly this call.',
        });
      return ask(draft, asking, may.obligations, known);
  }
};

const nameOf = ({ id, version }: { readonly id: string; readonly version?: string }): string =>
  version === undefined ? id : `${id}@${version}`;

const classIn = ({ command, ruling }: Pick<Asking, 'command' | 'ruling'>): ToolClass =>
  ruling?.facts.tool.class ?? command.class ?? 'consequential';

const askedCall = (draft: Draft, { task, command, digest, ruling }: Asking): AskedCall => {
  const { call, tool, arguments: args } = command;
  return {
    task: task.id,
    call,
    tool,
    class: classIn({ command, ruling }),
    arguments: draft.settle(args),
    digest,
    agent: draft.moment.by.actor,
  };
};

/** Every act of the gate is on the authority of what lets it, or forbids it; under a delegation, on that (USE-3). */
const requested = (
  draft: Draft,
  asking: Asking,
  rest: Pick<EventOf<'tool.requested'>['data'], 'outcome' | 'restsOn' | 'standing' | 'expiresAt'>,
): string => {
  const { task, ruling } = asking;
  const request = toolRequestId(draft.state, task.id);
  const { by } = draft.moment;
  const data = {
    ...askedCall(draft, asking),
    request,
    ...rest,
    ...withRuling(draft, ruling?.ruling ?? null),
  };
  const authority: Authority =
    rest.standing !== null
      ? { kind: 'approval', id: `grant:${rest.standing}` }
      : ruling && rest.outcome !== 'waiting'
        ? { ...ruling.ruling.authority }
        : by.authority;
  draft.emitAs('tool.requested', task.layer, data, carryingOut(by, authority));
  return request;
};

const grant = (draft: Draft, asking: Asking, restsOn: readonly string[], standing: string | null): null => {
  const { task, digest, ruling } = asking;
  const reads = standing === null && ruling?.facts.tool.class === 'read_only';
  const outcome = reads ? 'allowed' : 'granted';
  const expiresAt = draft.moment.now + GRANTED_MS;
  const request = requested(draft, asking, { outcome, restsOn, standing, expiresAt });
  if (!reads) return answerWith(draft, task, request);
  draft.answer = {
    request,
    status: 'allowed',
    code: null,
    message: null,
    reasons: [],
    to: [],
    digest,
    expiresAt: null,
    restsOn: [...restsOn],
    approvals: [],
    result: null,
  };
  return null;
};

/** A no, and what is told of it beside its words. `restsOn`: where that is not the ruling as a whole. */
interface No {
  readonly code: string;
  readonly message: string;
  readonly reasons?: readonly string[];
  readonly to?: readonly string[];
  readonly restsOn?: readonly string[];
}

const noBy = (ruling: Ruling, { code, message }: Extract<MayCall, { may: 'not' }>): No => {
  switch (code) {
    case 'policy_denied':
      return { code: codeOf(ruling), message, reasons: codesOf(ruling) };
    case 'human_required': {
      const restsOn = new Set(leftBy(ruling).flatMap((route) => route.restsOn));
      return {
        code,
        message,
        reasons: codesOf(leaving(ruling)),
        to: routesOf(ruling),
        restsOn: [...restsOn],
      };
    }
    default:
      return { code, message };
  }
};

const deny = (draft: Draft, asking: Asking, no: No): null => {
  const { task, digest, ruling } = asking;
  const { code, message, reasons = [], to = [] } = no;
  const { by } = draft.moment;
  const ruled = ruling && { ruled: ruledOf(ruling.ruling, draft.moment) };
  const data = { ...askedCall(draft, asking), code, message, ...ruled };
  const authority =
    (no.restsOn && askedOn({ restsOn: no.restsOn })) ?? ruling?.ruling.authority ?? by.authority;
  draft.emitAs('tool.denied', task.layer, data, carryingOut(by, { ...authority }));
  draft.answer = {
    request: null,
    status: 'denied',
    code,
    message,
    reasons: [...reasons],
    to: [...to],
    digest,
    expiresAt: null,
    restsOn: [...(no.restsOn ?? [nameOf(authority)])],
    approvals: [],
    result: null,
  };
  return null;
};

const ask = (
  draft: Draft,
  asking: Asking,
  obligations: readonly ApprovalObligation[],
  known: readonly ToolCall[],
): Rejection | null => {
  const { task, command, digest, ruling } = asking;
  if (known.filter(({ status }) => status === 'waiting').length >= MOST_WAITING)
    return refuse('tool_requests_exhausted', `${MOST_WAITING} calls of task ${task.id} wait for people.`);
  const { now, by } = draft.moment;
  const times = obligations.map(({ within, escalate }) =>
    within === null ? FOREVER : now + within * (escalate.length + 1),
  );
  const expiresAt = Math.max(...times);
  const request = requested(draft, asking, { outcome: 'waiting', restsOn: [], standing: null, expiresAt });
  const { tool, arguments: args } = command;
  const subject = {
    tool,
    class: classIn({ command, ruling }),
    arguments: args,
    digest,
    agent: by.actor,
    task: task.id,
    consequence: {
      approved: `${by.actor} may call ${tool} once, with exactly these arguments.`,
      rejected: `${by.actor} is told no, and does not call ${tool} like this.`,
    },
  };
  for (const [index, obligation] of obligations.entries()) {
    const { step, slot, round, attempt, priority } = task;
    const asked = {
      task: `${request}.${index + 1}`,
      step,
      slot,
      round,
      attempt,
      priority,
      description: `Approve a call of ${tool}`,
      reason: ruling ? whyAsked(ruling.ruling, obligation) : '',
      subject,
      separate: partiesTo(by),
    };
    const spec = approvalSpec(draft, asked, obligation);
    draft.rule(
      'tool.asked',
      'decide',
      { ...spec, of: task.id, request, restsOn: obligation.restsOn },
      askedOn(obligation) ?? { ...(ruling?.ruling.authority ?? by.authority) },
    );
    setDeadlineTimer(draft, draft.state.tasks[spec.task] as Task);
  }
  return answerWith(draft, task, request);
};
