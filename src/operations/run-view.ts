import type { Graph, StepNode } from '../definition/index.ts';
import {
  isLeftOff,
  totalUsage,
  type Failure,
  type RunState,
  type StepState,
  type Task,
  type Verdict,
} from '../engine/index.ts';
import type { Runtime, RunSummary } from '../runtime/index.ts';
import type { RunRow } from '../store/index.ts';
import { launchView } from './launch.ts';
import type { RunSummaryView, RunView, StepView } from './schema/views.ts';
import { taskView } from './tasks/view.ts';

export const MOST_TASKS = 200;
/** Results of a step with more items than this are left out unless they are asked for. */
const SOME_RESULTS = 200;

export type Results = 'some' | 'all' | 'none';

export const rowView = (
  row: RunRow,
  { digest, failure, usage, open }: RunSummary,
  verdict: Verdict,
): RunSummaryView => ({
  id: row.id,
  definition: { id: row.definition, version: row.definitionVersion, digest },
  status: row.status,
  verdict: copyVerdict(verdict),
  priority: row.priority,
  startedBy: row.startedBy,
  parent: row.parent,
  failure: failure && { ...failure },
  usage: { ...usage },
  open: { ...open },
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  endedAt: row.endedAt,
});

/** Copied whole at once: the state goes on changing in place. */
export const stateView = (state: RunState, verdict: Verdict): RunSummaryView => ({
  id: state.run,
  definition: { ...state.definition },
  status: state.status,
  verdict: copyVerdict(verdict),
  priority: state.priority,
  startedBy: state.startedBy,
  parent: state.parent?.run ?? null,
  failure: state.failure && { ...state.failure },
  usage: totalUsage(state),
  open: { ...state.open },
  createdAt: state.createdAt,
  updatedAt: state.updatedAt,
  endedAt: state.endedAt,
});

const copyVerdict = ({ missing, ...rest }: Verdict): RunSummaryView['verdict'] =>
  missing ? { ...rest, missing: [...missing] } : rest;

export function runView(
  state: RunState,
  graph: Graph,
  verdict: Verdict,
  results: Results,
  runtime: Runtime,
  open: readonly Task[],
): RunView {
  return {
    ...stateView(state, verdict),
    name: graph.name,
    accountable: state.accountable,
    input: state.input,
    output: state.output,
    limits: { ...state.limits, cost: state.limits.cost && { ...state.limits.cost } },
    launch: launchView(state),
    depth: state.depth,
    deadline: state.deadline,
    sequence: state.sequence,
    steps: state.steps.flatMap((step, index) =>
      step.compensates && step.status === 'pending' && step.round === 1
        ? []
        : [stepView(step, state, graph.steps[index] as StepNode, graph, results)],
    ),
    tasks: open.map((task) => taskView(task, runtime.leases.get(task.id)?.until ?? null)),
  };
}

const undoneBy = ({ compensates }: StepNode, { phases, steps }: Graph): string | null => {
  if (!compensates) return null;
  return (compensates.kind === 'step' ? steps[compensates.step] : phases[compensates.phase])?.id ?? null;
};

/** Why the run was rejected, or is about to be, where that is for this step. */
const rejectionOf = ({ id }: StepState, { status, failure, unwinding }: RunState): Failure | null =>
  (unwinding?.end?.status ?? status) === 'rejected' && failure?.step === id ? failure : null;

/** What is left off of a step is not open any more: it has failed where it was rejected. A run that is stopped may go on with it. */
export const statusNow = (step: StepState, run: RunState): StepView['status'] => {
  if (step.status !== 'open' || !isLeftOff(run, step)) return step.status;
  return rejectionOf(step, run) ? 'failed' : 'unfinished';
};

/** What has failed, with what was rejected: a no that ends the run leaves the slot that it was about. */
const failedOf = (step: StepState, run: RunState): Pick<StepState, 'failed' | 'failures' | 'failure'> => {
  const { failed, failures, failure } = step;
  const rejection = rejectionOf(step, run);
  if (!rejection || !Object.hasOwn(step.slots, rejection.slot ?? 0)) return { failed, failures, failure };
  const { slot = 0, code, message } = rejection;
  return {
    failed: failed + 1,
    failures: [...failures, { slot, code, message }],
    failure: failure ?? rejection,
  };
};

/** What waits to be approved is no result yet, and what waited when the run ended never was. */
const isAccepted = ({ slots }: StepState, slot: number): boolean => !slots[slot]?.held;

function stepView(step: StepState, run: RunState, node: StepNode, graph: Graph, results: Results): StepView {
  const { id, layer, fanOut, round, count, active, succeeded, skipped, output, outputs } = step;
  const { failed, failures, failure } = failedOf(step, run);
  const slots = Object.values(step.slots);
  const shown = fanOut && (results === 'all' || (results === 'some' && count <= SOME_RESULTS));
  return {
    id,
    phase: graph.phases[node.phase]?.id ?? '',
    kind: node.kind,
    layer,
    status: statusNow(step, run),
    fanOut,
    round,
    progress: {
      total: count,
      active,
      waiting: isLeftOff(run, step) ? 0 : Math.max(0, count - active - succeeded - failed - skipped),
      succeeded,
      failed,
      skipped,
    },
    output: isAccepted(step, 0) ? output : null,
    outputs: shown ? outputs.map((one, slot) => (isAccepted(step, slot) ? one : null)) : null,
    failures: shown ? [...failures] : null,
    failure: failure && { ...failure },
    feedback: step.feedback,
    compensates: undoneBy(node, graph),
    waits: slots.flatMap(({ slot, wait }) => (wait ? [{ slot, until: wait.due, signal: wait.signal }] : [])),
    children: slots.flatMap(({ child }) => (child ? [child.run] : [])),
  };
}
