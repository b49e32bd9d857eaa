import { speakersOf, voicesOf } from '../approvals/terms.ts';
import type { Attribution } from '../attribution.ts';
import type { EventOf } from '../event.ts';
import type { Fold } from '../evolve.ts';
import { besides } from './approvals.ts';
import { requeue, slotOf, succeed } from './slots.ts';
import { newTask, TASK_FOLDS } from './tasks.ts';
import type { PolicyEvent } from '../events/policies.ts';
import type { Cleared, Covered } from '../policies/ruling.ts';
import { boundariesOf, placeOf, type LaunchApproval, type ToolCall } from '../policies/state.ts';
import { workId } from '../ids.ts';
import type { RunState, Task } from '../state.ts';
import { closeTask, count, hear, letWork, taskOf } from '../tasks/holding.ts';

const change = (state: RunState, of: string, request: string, to: Partial<ToolCall>): void => {
  const calls = boundariesOf(state).calls[of];
  const known = calls?.[request];
  if (!calls || !known) throw new Error(`task ${of} has no request ${request}`);
  calls[request] = { ...known, ...to };
};

/** An approval of a call leaves the state; it stands in no slot. */
const closeApproval = (
  state: RunState,
  { task: id, of, request }: { readonly task: string; readonly of: string; readonly request: string },
  [status, approval]: readonly [Task['status'], NonNullable<Task['approval']>['status']],
  at: number,
): void => {
  const task = taskOf(state, id);
  task.status = status;
  task.endedAt = at;
  if (task.approval) task.approval.status = approval;
  delete state.tasks[id];
  count(state, task, -1);
  const boundaries = boundariesOf(state);
  delete boundaries.asked[id];
  const call = boundaries.calls[of]?.[request];
  if (call) {
    const { [id]: _, ...open } = call.open;
    change(state, of, request, { open });
  }
};

const endorsed = (state: RunState, { data, by }: EventOf<'launch.endorsed'>): void => {
  hear(state, data, by, [data.inNameOf]);
  const boundaries = boundariesOf(state);
  const { launch } = boundaries;
  if (!launch) return;
  const approvals = launch.approvals.map((approval, at): LaunchApproval =>
    data.approvals.includes(at) ? given(approval, by, data.inNameOf) : approval,
  );
  boundaries.launch = { ...launch, approvals };
};

/** In the name of whoever is away, and under a delegation of its grantor as well. */
const given = (approval: LaunchApproval, by: Attribution, inNameOf: string | undefined): LaunchApproval => {
  const others = new Set(voicesOf(by, inNameOf).filter((voice) => voice !== by.actor));
  return {
    ...approval,
    decided: [...approval.decided, by.actor],
    ...(inNameOf !== undefined && { inNameOf: [...(approval.inNameOf ?? []), ...others] }),
  };
};

const requestedCall = ({ data, at }: EventOf<'tool.requested'>): ToolCall => ({
  id: data.request,
  status: data.outcome === 'waiting' ? 'waiting' : 'granted',
  digest: data.digest,
  tool: data.tool,
  agent: data.agent,
  task: data.task,
  restsOn: data.restsOn,
  expiresAt: data.expiresAt,
  call: data.call,
  standing: data.standing,
  class: data.class,
  arguments: data.arguments,
  askedAt: at,
  open: {},
  reason: null,
  result: null,
});

/** An approval stands where what it is about is going to be. */
function askedInPlace(state: RunState, event: EventOf<'write.asked' | 'begin.asked' | 'result.asked'>): void {
  const { digest, restsOn, nth } = event.data;
  TASK_FOLDS['task.created'](state, event as unknown as EventOf<'task.created'>);
  const { step, slot } = slotOf(state, event.data);
  if (nth !== undefined) slot.asked = nth;
  const isOfOther = event.type === 'begin.asked' && event.data.of !== undefined;
  const asked = { digest, restsOn, ...(isOfOther && { begins: true as const }) };
  boundariesOf(state).writes[placeOf(step, slot.slot)] = asked;
}

/** Null while it is not settled. */
function decidedInPlace(
  state: RunState,
  { data, at, by }: EventOf<'write.decided' | 'begin.decided' | 'result.decided'>,
) {
  const approval = taskOf(state, data.task);
  approval.approval?.decisions.push(data.decision);
  hear(state, data, by, speakersOf(data.decision), approval);
  if (!data.settles) return null;
  if (approval.approval) approval.approval.status = 'approved';
  const { step, slot } = slotOf(state, closeTask(state, data.task, 'completed', at));
  const { writes } = boundariesOf(state);
  const place = placeOf(step, slot.slot);
  const asked = writes[place];
  delete writes[place];
  if (!asked) throw new Error(`nothing was asked about at ${place}`);
  return { step, slot, asked, approval };
}

/** With what was approved before of exactly the same. */
const cleared = (before: Cleared | undefined, { digest, restsOn }: Covered, approval: string): Cleared => ({
  digest,
  restsOn: [...(before?.digest === digest ? before.restsOn : []), ...restsOn],
  approval,
});

type PolicyType = PolicyEvent['type'];

/** What comes of policies. */
export const POLICY_FOLDS: { readonly [Type in PolicyType]: Fold<Type> } = {
  'launch.endorsed': endorsed,
  'launch.escalated': (state, { data }) => {
    const boundaries = boundariesOf(state);
    const { launch } = boundaries;
    if (!launch) return;
    const approvals = launch.approvals.map((approval, at): LaunchApproval =>
      at === data.approval
        ? {
            ...approval,
            from: besides(approval.from, data.to),
            escalate: approval.escalate.slice(1),
            deadline: data.deadline,
          }
        : approval,
    );
    boundaries.launch = { ...launch, approvals };
  },
  'tool.requested': (state, event) => {
    if (event.data.outcome === 'allowed') return letWork(state, event.by);
    const { calls } = boundariesOf(state);
    (calls[event.data.task] ??= {})[event.data.request] = requestedCall(event);
  },
  'tool.denied': () => {},
  'tool.asked': (state, event) => {
    const { of, request, restsOn } = event.data;
    const task = newTask(state, event as unknown as EventOf<'task.created'>, 'ready');
    state.tasks[task.id] = task;
    count(state, task, 1);
    const boundaries = boundariesOf(state);
    boundaries.asked[task.id] = { task: of, request };
    const open = boundaries.calls[of]?.[request]?.open;
    change(state, of, request, { open: { ...open, [task.id]: restsOn } });
  },
  'tool.decided': (state, { data, at, by }) => {
    const { task: id, of, request, decision, settles, granted } = data;
    const task = taskOf(state, id);
    task.approval?.decisions.push(decision);
    hear(state, data, by, speakersOf(decision), task);
    if (!settles) return;
    const call = boundariesOf(state).calls[of]?.[request];
    const covered = call?.open[id] ?? [];
    closeApproval(state, data, ['completed', settles], at);
    if (settles === 'rejected')
      return change(state, of, request, { status: 'rejected', reason: decision.reason });
    change(state, of, request, { restsOn: [...(call?.restsOn ?? []), ...covered], approval: id });
    if (granted) change(state, of, request, { status: 'granted', expiresAt: granted.expiresAt });
  },
  'tool.expired': (state, { data, at }) => {
    closeApproval(state, data, ['failed', 'expired'], at);
    const { reason = 'Nobody decided in time.' } = data;
    change(state, data.of, data.request, { status: 'expired', reason });
  },
  'tool.withdrawn': (state, { data, at }) => closeApproval(state, data, ['exited', 'withdrawn'], at),
  'tool.closed': (state, { data }) => {
    delete boundariesOf(state).calls[data.of];
  },
  'tool.used': (state, { data, by }) => {
    letWork(state, by);
    change(state, data.task, data.request, { status: 'calling' });
  },
  'tool.done': (state, { data, by }) => {
    letWork(state, by);
    change(state, data.task, data.request, { status: 'used', result: data.result });
  },
  'tool.failed': (state, { data }) => {
    const { task, request, message, effect } = data;
    change(state, task, request, {
      reason: message,
      ...(effect === 'none' && { status: 'granted' as const }),
    });
  },
  'begin.asked': askedInPlace,
  'begin.decided': (state, event) => {
    const before = state.boundaries?.leave?.[event.data.task];
    const found = decidedInPlace(state, event);
    if (!found) return;
    const { step, slot, asked, approval } = found;
    const leave = (boundariesOf(state).leave ??= {});
    const task = workId(state, step, slot.slot, approval.attempt + 1);
    leave[task] = cleared(before, asked, event.data.task);
    requeue(step, slot);
  },
  'result.asked': askedInPlace,
  'result.decided': (state, event) => {
    const found = decidedInPlace(state, event);
    const held = found?.slot.held;
    if (!held) return;
    const { step, slot } = found;
    slot.held = { ...held, approvals: held.approvals.slice(1) };
    if (event.data.accepted) succeed(step, slot.slot, held.output, state.sequence + 1);
    else requeue(step, slot);
  },
  'write.asked': askedInPlace,
  'write.decided': (state, event) => {
    const found = decidedInPlace(state, event);
    if (!found) return;
    const { step, slot, asked } = found;
    const place = placeOf(step, slot.slot);
    const writes = boundariesOf(state).cleared;
    writes[place] = cleared(writes[place], asked, event.data.task);
    requeue(step, slot);
  },
};
