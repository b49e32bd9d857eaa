/** How the phases of an outline hang together. Total: also for documents with unknown needs, repeated ids and circles. */
import { didYouMean } from './names.ts';
import type { Outline, PhaseOutline } from './outline.ts';
import type { ProblemList } from './problem.ts';

export interface PhaseGraph {
  /** Position of the first phase with this id. */
  readonly byId: ReadonlyMap<string, number>;
  /** Known phases that each phase needs directly. */
  readonly needs: readonly (readonly number[])[];
  /** All that each phase needs, directly or not. */
  readonly upstream: readonly ReadonlySet<number>[];
}

export function readPhaseGraph({ phases }: Outline): PhaseGraph {
  const byId = new Map<string, number>();
  for (const { id, index } of phases) if (id !== null && !byId.has(id)) byId.set(id, index);
  const needs = phases.map((phase) => [...new Set(phase.needs.flatMap(({ name }) => byId.get(name) ?? []))]);
  const upstream = phases.map(({ index }) => reach(index, needs));
  return { byId, needs, upstream };
}

/** What is reached from a place by one step or more. */
function reach(start: number, edges: readonly (readonly number[])[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const open = [...edges[start]!];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    open.push(...edges[at]!);
  }
  return reached;
}

/** Positions in an order in which every phase comes after what it needs, as near to the authored order as can be. */
export function topologicalOrder(needs: readonly (readonly number[])[]): readonly number[] {
  const order: number[] = [];
  const placed = new Set<number>();
  const place = (index: number): void => {
    if (placed.has(index)) return;
    placed.add(index);
    for (const need of [...needs[index]!].sort((a, b) => a - b)) place(need);
    order.push(index);
  };
  for (const index of needs.keys()) place(index);
  return order;
}

export function checkPhaseGraph(outline: Outline, graph: PhaseGraph, problems: ProblemList): void {
  checkIds(outline, graph, problems);
  checkNeeds(outline, graph, problems);
  checkCircles(outline.phases, graph, problems);
}

function checkIds({ phases }: Outline, graph: PhaseGraph, problems: ProblemList): void {
  for (const { id, index, path, steps } of phases) {
    if (id !== null && graph.byId.get(id) !== index) {
      problems.error(
        'duplicate_id',
        [...path, 'id'],
        () => `There are two phases with the id '${id}'; each needs its own.`,
      );
    }
    const seen = new Set<string>();
    for (const step of steps) {
      if (step.id !== null && seen.has(step.id)) {
        problems.error(
          'duplicate_id',
          [...step.path, 'id'],
          () => `The phase has two steps with the id '${step.id}'; each needs its own.`,
        );
      }
      if (step.id !== null) seen.add(step.id);
    }
  }
}

function checkNeeds({ phases }: Outline, graph: PhaseGraph, problems: ProblemList): void {
  const ids = [...graph.byId.keys()];
  for (const phase of phases) {
    const seen = new Set<string>();
    for (const { name, path } of phase.needs) {
      if (!graph.byId.has(name))
        problems.error('unknown_phase', path, () => `There is no phase '${name}'.${didYouMean(name, ids)}`);
      if (seen.has(name)) problems.error('duplicate_value', path, () => `'${name}' is listed twice.`);
      seen.add(name);
    }
  }
}

/** Reports one circle for each phase at which a walk along `needs` comes back to where it was. */
function checkCircles(phases: readonly PhaseOutline[], graph: PhaseGraph, problems: ProblemList): void {
  const done = new Set<number>();
  const trail: number[] = [];
  const walk = (index: number): void => {
    if (done.has(index)) return;
    const start = trail.indexOf(index);
    if (start !== -1) return reportCircle([...trail.slice(start), index]);
    trail.push(index);
    for (const need of graph.needs[index]!) walk(need);
    trail.pop();
    done.add(index);
  };
  const reportCircle = (circle: readonly number[]): void => {
    const names = circle.map((index) => phases[index]!.id).join(' -> ');
    const path = [...phases[circle[0]!]!.path, 'needs'];
    problems.error(
      'cycle',
      path,
      () =>
        `The phases need each other in a circle, so none can start: ${names}. Take one of these needs out.`,
    );
  };
  for (const { index } of phases) walk(index);
}
