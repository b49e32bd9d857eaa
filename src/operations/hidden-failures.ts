import type { Graph, JsonObject, StepNode } from '../definition/index.ts';
import { verdictOf, type Failure } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { summaryOf } from '../runtime/index.ts';
import type { Context } from './context.ts';
import type { RunSummaryView } from './schema/views.ts';
import { seesAll, sightOf, type Sight } from './visibility.ts';

/**
 * SEE-2: the words of a failure may be those of whoever did a task that is hidden. Where tasks are not looked at one by one they are left
 * out wherever some of the step may be hidden.
 */
const HIDDEN = 'What happened is hidden.';

/** Whether tasks of a step, or of some who have them, are not for everyone to see. */
export function hides(node: StepNode | undefined, sight: Sight): boolean {
  const own = node?.kind === 'task' ? node.rules?.visibility : undefined;
  return !node || PARTS.some((part) => (own?.[part] ?? sight[part]) !== 'everyone');
}
const PARTS = ['unallocated', 'allocated'] as const;

const nodeIn = (graph: Graph | undefined, step: string): StepNode | undefined =>
  graph?.steps.find(({ id }) => id === step);

/** A run has failed for the same, in other words. One that is paused says of no task why. */
export function withoutWords<View extends RunSummaryView>(view: View): View {
  const { status, open } = view;
  if (status !== 'failed' && status !== 'rejected') return view;
  const failure = view.failure && { ...view.failure, message: HIDDEN };
  return { ...view, failure, verdict: verdictOf(status, failure, open) };
}

export async function withoutHiddenFailure(
  { runtime }: Context,
  view: RunSummaryView,
  caller: Passport,
  sight: Sight,
): Promise<RunSummaryView> {
  const step = view.failure?.step;
  if (step === undefined || seesAll(caller)) return view;
  const node = nodeIn(await runtime.organisation.graph(view.definition), step);
  return hides(node, sight) ? withoutWords(view) : view;
}

/** What is told of a task is left out with the task. */
export async function withoutHiddenFailures<Event extends Told & { readonly run: string }>(
  context: Context,
  events: Event[],
  caller: Passport,
): Promise<Event[]> {
  const failed = events.filter((event) => failureIn(event)?.step !== undefined);
  if (failed.length === 0 || seesAll(caller)) return events;
  const sight = await sightOf(context);
  const graphs = await graphsOf(context, new Set(failed.map(({ run }) => run)));
  return events.map((event) => {
    const { run, payload } = event;
    const failure = failureIn(event);
    if (failure?.step === undefined || !hides(nodeIn(graphs.get(run), failure.step), sight)) return event;
    const told = { failure: { ...failure, message: HIDDEN } };
    const { end } = payload;
    return {
      ...event,
      payload: { ...payload, ...(end ? { end: { ...(end as JsonObject), ...told } } : told) },
    };
  });
}

interface Told {
  readonly type: string;
  readonly payload: JsonObject;
}
function failureIn({ type, payload: { task, end, failure } }: Told): Partial<Failure> | null {
  if (task !== undefined || type === 'run.paused') return null;
  const told = (end as JsonObject | undefined)?.['failure'] ?? failure;
  return typeof told === 'object' ? (told as Partial<Failure> | null) : null;
}

async function graphsOf(
  { runtime: { store, organisation } }: Context,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Graph>> {
  const found = new Map<string, Graph>();
  for (const row of await store.runsNamed([...ids])) {
    const { id, definition, definitionVersion: version } = row;
    const { digest } = summaryOf(row);
    found.set(id, await organisation.graph({ id: definition, version, digest }));
  }
  return found;
}
