import { partiesTo } from '../attribution.ts';
import { follow, requeue, slotOf, takeSlot } from './slots.ts';
import type { EventOf } from '../event.ts';
import type { Folds } from '../evolve.ts';
import { cancelledFor, type Failure } from '../failure.ts';
import { sameCaps } from '../limits.ts';
import type { LaunchApproval } from '../policies/state.ts';
import { newStep, type RunState } from '../state.ts';
import { stepOf } from '../steps.ts';
import { hear } from '../tasks/holding.ts';

export const created = ({ data, at, by }: EventOf<'run.created'>): RunState => ({
  run: data.run,
  sequence: 1,
  status: data.hold ? 'pending_approval' : 'running',
  definition: data.definition,
  input: data.input,
  startedBy: data.startedBy,
  accountable: data.accountable,
  priority: data.priority,
  limits: data.limits,
  ...(data.hold && data.asked && { asked: data.asked }),
  parent: data.parent,
  depth: data.depth,
  createdAt: at,
  updatedAt: at,
  endedAt: null,
  deadline: data.deadline,
  failure: null,
  output: null,
  steps: data.shape.map(newStep),
  tasks: {},
  open: { approvals: 0, people: 0, working: 0, unassigned: 0 },
  usage: { tasks: 0, open: 0, tokens: 0, cost: 0, held: { concurrency: 0, tasks: 0, tokens: 0, cost: 0 } },
  contributors: Object.fromEntries(
    [...(data.contributors ?? []), ...(by.authority.chain ? partiesTo(by) : [])].map((party) => [
      party,
      true,
    ]),
  ),
  handler: null,
  signals: [],
  waiting: {},
  leaving: {},
  ...((data.policies !== undefined || data.launch) && {
    boundaries: {
      pinned: data.policies ?? 0,
      launch: data.launch ?? null,
      calls: {},
      asked: {},
      writes: {},
      cleared: {},
    },
  }),
});

const end = (state: RunState, status: RunState['status'], at: number, failure: Failure | null): void => {
  state.status = status;
  state.endedAt = at;
  state.failure = failure;
  delete state.asked;
  if (state.unwinding) delete state.unwinding;
};

/** Its start waits for approval as it did; whoever is asked has the time that was left, or all of it to decide anew. */
const holdAgain = (state: RunState, heldAt: number, { at, data }: EventOf<'run.resumed'>): void => {
  delete state.heldAt;
  state.status = 'pending_approval';
  const { boundaries } = state;
  if (!boundaries?.launch) return;
  const approvals = boundaries.launch.approvals.map((found): LaunchApproval => {
    const { inNameOf: _, ...terms } = found;
    const approval = data.anew ? { ...terms, decided: [] } : found;
    if (approval.deadline === null) return approval;
    const deadline = data.anew ? at + (approval.within ?? 0) : approval.deadline + at - heldAt;
    return { ...approval, deadline, set: (approval.set ?? 0) + 1 };
  });
  boundaries.launch = { ...boundaries.launch, approvals };
};

/** The run as a whole. */
export const RUN_FOLDS: Omit<Folds<'run'>, 'run.created' | 'run.closing' | 'run.sent_back' | 'run.redone'> = {
  'run.approved': (state, { data, by }) => {
    hear(state, data, by, []);
    delete state.asked;
    state.status = 'running';
  },
  'run.rejected': (state, { at, data }) => end(state, 'rejected', at, data.failure),
  'run.paused': (state, { data }) => {
    if (data.withParent) state.withParent = true;
    state.status = 'paused';
    state.failure = data.failure;
  },
  'run.stopped': (state, { at, data }) => {
    if (data.alone) state.alone = true;
    if (data.withParent) state.withParent = true;
    if (state.status === 'pending_approval') state.heldAt = at;
    state.status = 'stopped';
    state.failure = null;
  },
  'run.resumed': (state, event) => {
    delete state.alone;
    delete state.withParent;
    state.status = 'running';
    state.failure = null;
    if (!sameCaps(state.limits, event.data.limits)) delete state.asked;
    state.limits = event.data.limits;
    if (state.heldAt !== undefined) holdAgain(state, state.heldAt, event);
  },
  'run.parent_halted': (state) => {
    state.alone = true;
    state.withParent = true;
  },
  'run.parent_resumed': (state) => {
    delete state.withParent;
  },
  'run.cancelled': (state, { at, data }) => end(state, 'cancelled', at, cancelledFor(data.reason)),
  'run.completed': (state, { at, data }) => {
    end(state, 'completed', at, null);
    state.output = data.output;
  },
  'run.failed': (state, { at, data }) => end(state, 'failed', at, data.failure),
};

/** Steps and their slots, as far as no task, wait or child is open in them. */
export const STEP_FOLDS: Folds<'step' | 'slot'> = {
  'step.opened': (state, { data }) => {
    const step = stepOf(state, data.step);
    step.status = data.items.length === 0 ? 'completed' : 'open';
    step.items = data.items;
    step.count = data.items.length;
    step.outputs = data.items.map(() => null);
  },
  'step.skipped': (state, { data }) => {
    stepOf(state, data.step).status = 'skipped';
  },
  'step.failed': (state, { data }) => {
    const step = stepOf(state, data.step);
    step.status = 'failed';
    step.failure = data.failure;
  },
  'slot.failed': (state, { data, at }) => {
    const open = takeSlot(state, data);
    open.step.active -= 1;
    follow(open, data.failure, data.after, at);
  },
  'slot.requeued': (state, { data }) => {
    const { step, slot } = slotOf(state, data);
    requeue(step, slot);
  },
};
