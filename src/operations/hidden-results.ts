import type { Graph, StepNode } from '../definition/index.ts';
import type { Passport } from '../routing/index.ts';
import type { TaskRow } from '../store/index.ts';
import type { Context } from './context.ts';
import type { RunView, StepView } from './schema/views.ts';
import { seenAmong, seesAll, type Sight } from './visibility.ts';

/** Tasks of one step that are looked at; what comes of a step with more is not shown to whom it may be hidden from. */
const MOST_TASKS_OF_STEP = 1000;

/**
 * SEE-2: what steps have come to, without the results and failures of tasks that the caller does not see. A result is that of the
 * task that ended last; what has come of no task is shown.
 */
export async function withoutHiddenResults(
  context: Context,
  view: RunView,
  graph: Graph,
  caller: Passport,
  sight: Sight,
): Promise<RunView> {
  if (seesAll(caller)) return view;
  const nodes = new Map(graph.steps.map((node) => [node.id, node]));
  const steps: StepView[] = [];
  for (const step of view.steps) {
    const node = nodes.get(step.id);
    const mayHide = (!node || hides(node, sight)) && hasCome(step);
    steps.push(mayHide ? withheld(step, await hiddenSlots(context, view, step, caller, sight)) : step);
  }
  return { ...view, steps };
}

/** Whether tasks of a step, or of some who have them, are not for everyone to see. */
function hides(node: StepNode, sight: Sight): boolean {
  const own = node.kind === 'task' ? node.rules?.visibility : undefined;
  return (['unallocated', 'allocated'] as const).some((part) => (own?.[part] ?? sight[part]) !== 'everyone');
}

const hasCome = ({ output, outputs, failures, failure }: StepView): boolean =>
  output !== null || failure !== null || (outputs ?? []).length + (failures ?? []).length > 0;

/** Null where they are too many to tell. */
async function hiddenSlots(
  context: Context,
  { id: run }: Pick<RunView, 'id'>,
  { id: step, round }: StepView,
  caller: Passport,
  sight: Sight,
): Promise<ReadonlySet<number> | null> {
  const { rows, next } = await context.runtime.store.tasks({ run, step }, { limit: MOST_TASKS_OF_STEP });
  if (next !== null) return null;
  const last = new Map<number, TaskRow>();
  for (const task of rows) {
    const before = last.get(task.slot);
    if (task.round === round && task.endedAt !== null && endedBefore(before, task)) last.set(task.slot, task);
  }
  const seen = await seenAmong(context, [...last.values()], caller, sight);
  return new Set([...last].filter(([, { id }]) => !seen.has(id)).map(([slot]) => slot));
}

const endedBefore = (one: TaskRow | undefined, other: TaskRow): boolean =>
  !one ||
  (one.endedAt ?? 0) < (other.endedAt ?? 0) ||
  (one.endedAt === other.endedAt && one.attempt < other.attempt);

function withheld(step: StepView, hidden: ReadonlySet<number> | null): StepView {
  if (hidden === null) return { ...step, output: null, outputs: null, failures: null, failure: null };
  if (hidden.size === 0) return step;
  const { fanOut, output, outputs, failures, failure } = step;
  const isHidden = (slot: unknown): boolean => typeof slot !== 'number' || hidden.has(slot);
  return {
    ...step,
    output: fanOut ? output : null,
    outputs: outputs && outputs.map((one, slot) => (hidden.has(slot) ? null : one)),
    failures: failures && failures.filter((one) => !isHidden((one as { slot?: unknown } | null)?.slot)),
    failure: failure && (isHidden(failure.slot) ? null : failure),
  };
}
