import type { Graph, Json, Limits, PhaseNode, StepNode, Work } from '../../definition/index.ts';
import type { FactsOf } from '../../policy/index.ts';

/** What the lists of one estimate may cost together. */
const MOST_WORK = 5_000_000;

/**
 * What a run is expected to need, as far as its definition and input tell.
 *
 * ESTIMATE-1  What nobody can tell yet (a list that a step makes, a nested run, a list that costs too much to make) is null, and never a guess.
 */
export function estimateOf(graph: Graph, input: Json, limits: Limits): FactsOf<'run.start'>['estimate'] {
  const sizes = sizesOf(graph, input);
  const tasks = sizes.some((size) => size === null)
    ? null
    : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  return { tasks, concurrency: concurrencyOf(graph, sizes, limits), tokens: null, cost: null };
}

type Sizes = readonly (number | null)[];
/** By the input, which does not change: a run that waits for its start is asked about again and again. */
const KNOWN = new WeakMap<object, { readonly graph: Graph; readonly sizes: Sizes }>();

function sizesOf(graph: Graph, input: Json): Sizes {
  const key = typeof input === 'object' ? input : null;
  const known = key && KNOWN.get(key);
  if (known?.graph === graph) return known.sizes;
  const work = { left: MOST_WORK };
  const sizes = graph.steps.map((node) => sizeOf(graph, node, input, work));
  if (key) KNOWN.set(key, { graph, sizes });
  return sizes;
}

/** Tasks of agents and systems that a step makes; null where that is not known before it opens. */
function sizeOf(graph: Graph, node: StepNode, input: Json, work: Work): number | null {
  if (node.kind === 'wait' || node.kind === 'approval' || node.compensates) return 0;
  if (node.kind === 'workflow') return null;
  if (node.forEach === null) return 1;
  const { items } = node.forEach;
  if (items.reads.length > 0) return null;
  const run = { id: '', startedBy: '', priority: 5 };
  const found = items.evaluate({ input, phases: phasesOf(graph), run }, work);
  return found.ok && Array.isArray(found.value) ? found.value.length : null;
}

const phasesOf = ({ phases }: Graph) => Object.fromEntries(phases.map(({ id }) => [id, {}]));

/** Phases that are equally far from the beginning may be at work at the same time. */
function concurrencyOf(graph: Graph, sizes: Sizes, limits: Limits): number | null {
  const depths = new Map<number, number>();
  const widths: number[] = [];
  for (const phase of graph.phases) {
    const depth = Math.max(-1, ...phase.needs.map((need) => depths.get(need) ?? 0)) + 1;
    depths.set(phase.index, depth);
    const width = widthOf(graph, phase, sizes);
    if (width === null) return null;
    widths[depth] = (widths[depth] ?? 0) + width;
  }
  return Math.min(limits.concurrency, Math.max(0, ...widths));
}

function widthOf({ steps }: Graph, phase: PhaseNode, sizes: Sizes): number | null {
  let width = 0;
  for (const index of phase.steps) {
    const most = steps[index]?.forEach?.concurrency ?? null;
    const size = sizes[index] ?? most;
    if (size === null) return null;
    width += most === null ? size : Math.min(size, most);
  }
  return width;
}
