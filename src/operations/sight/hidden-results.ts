import type { Graph, Json } from '../../definition/index.ts';
import type { Failure } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { TaskRow } from '../../store/index.ts';
import { MOST_OF_PAGE, sizeOf, wantedRows } from '../bounded.ts';
import type { Context } from '../context.ts';
import { ANY_WORK, isOfWork, OF_OTHERS, withoutWords, Words } from './hidden-failures.ts';
import type { RunView, StepView } from '../schema/views.ts';
import { seesAll, type Sight } from './sight.ts';
import { seenAmong } from './visibility.ts';

/** Tasks of one step that are looked at; what comes of a step with more is not shown to whom it may be hidden from. */
const MOST_TASKS_OF_STEP = 1000;
/** Characters of tasks that may still be read for one run. */
interface Left {
  size: number;
}

/**
 * SEE-2: what steps, and with them the run, have come to, without the results and failures of tasks that the caller does not see. A result
 * is that of the task that ended last; what has come of no task is shown.
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
  const words = new Words(context, sight, caller);
  const isFeedbackHidden = await words.mayHide(ANY_WORK, graph, view);
  const reader = { caller, sight, left: { size: MOST_OF_PAGE } };
  const steps = new Map<string, StepView>();
  const { failure } = view;
  let isFailureHidden =
    isOfWork(failure) && failure.step === undefined && (await words.mayHide(failure, graph, view));
  const failed = ({ id }: StepView): number => Number(id === failure?.step);
  // What may be read in all is spent on the step first that the run has failed for.
  for (const step of view.steps.toSorted((one, other) => failed(other) - failed(one))) {
    const ended = failed(step) ? failure : null;
    const mayHide = (ended || hasCome(step)) && words.hides(nodes.get(step.id), view);
    const hidden = mayHide ? await hiddenSlots(context, view, step, reader) : NONE;
    const apart = await hiddenApart(words, { graph, run: view }, step, ended);
    const isHidden: IsHidden = (told) => apart.has(told?.code) || isHiddenIn(hidden, told?.slot);
    const shown = withheld(step, hidden, isHidden);
    steps.set(step.id, isFeedbackHidden ? { ...shown, feedback: null } : shown);
    if (ended) isFailureHidden = isHidden(ended);
  }
  const shown = { ...view, steps: view.steps.map((step) => steps.get(step.id) ?? step) };
  return isFailureHidden ? withoutWords(shown) : shown;
}
type Told = Partial<Failure> | null;
type IsHidden = (failure: Told) => boolean;
const NONE: ReadonlySet<number> = new Set();

const hasCome = ({ output, outputs, failures, failure }: StepView): boolean =>
  output !== null || failure !== null || (outputs ?? []).length + (failures ?? []).length > 0;

/** Null where they are too many, or too large, to tell. */
async function hiddenSlots(
  context: Context,
  { id: run }: Pick<RunView, 'id'>,
  { id: step, round }: StepView,
  { caller, sight, left }: { readonly caller: Passport; readonly sight: Sight; readonly left: Left },
): Promise<ReadonlySet<number> | null> {
  if (left.size <= 0) return null;
  const { rows, next } = await wantedRows(
    { limit: MOST_TASKS_OF_STEP },
    (page) => context.runtime.store.tasks({ run, step }, page),
    (tasks) => tasks,
    (task) => {
      const size = sizeOf(task as unknown as Json);
      left.size -= size;
      return size;
    },
  );
  if (next !== null) return null;
  const last = [...lastIn(rows, round).values()].flatMap(worked);
  const seen = await seenAmong(context, last, caller, sight);
  return new Set(last.filter(({ id }) => !seen.has(id)).map(({ slot }) => slot));
}

/** By slot, those that ended last: in one transition more than one may. */
function lastIn(tasks: readonly TaskRow[], round: number): ReadonlyMap<number, readonly TaskRow[]> {
  const last = new Map<number, readonly TaskRow[]>();
  for (const task of tasks) {
    if (task.round !== round || task.endedAt === null) continue;
    const before = last.get(task.slot) ?? [];
    const at = before[0]?.endedAt ?? 0;
    if (task.endedAt >= at) last.set(task.slot, task.endedAt > at ? [task] : [...before, task]);
  }
  return last;
}

/** An approval that work asked for ends with it, and nothing comes of that. */
const worked = (tasks: readonly TaskRow[]): readonly TaskRow[] => {
  const work = tasks.filter(({ kind }) => kind !== 'approval');
  return work.length > 0 ? work : tasks;
};

/** Codes of failures of a step that tell what is hidden in others, or in nested runs: no task of its own says who sees that. */
async function hiddenApart(
  words: Words,
  { graph, run }: { readonly graph: Graph; readonly run: RunView },
  { id, failure, failures }: StepView,
  ended: Told,
): Promise<ReadonlySet<string | undefined>> {
  const told = new Set([ended, failure, ...((failures ?? []) as Told[])].map((one) => one?.code));
  const hidden = new Set<string | undefined>();
  for (const code of OF_OTHERS)
    if (told.has(code) && (await words.mayHide({ code, step: id }, graph, run))) hidden.add(code);
  return hidden;
}

const isHiddenIn = (hidden: ReadonlySet<number> | null, slot: unknown): boolean =>
  hidden === null || (hidden.size > 0 && (typeof slot !== 'number' || hidden.has(slot)));

function withheld(step: StepView, hidden: ReadonlySet<number> | null, isHidden: IsHidden): StepView {
  if (hidden === null) return { ...step, output: null, outputs: null, failures: null, failure: null };
  const { fanOut, output, outputs, failures, failure } = step;
  return {
    ...step,
    output: fanOut || hidden.size === 0 ? output : null,
    outputs: outputs && outputs.map((one, slot) => (hidden.has(slot) ? null : one)),
    failures: failures && failures.filter((one) => !isHidden(one as Told)),
    failure: failure && (isHidden(failure) ? null : failure),
  };
}
