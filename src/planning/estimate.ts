import { itemsOf, type Planned } from './assemble.ts';
import type { Estimate, Estimates } from './goal.ts';
import { listed } from './names.ts';
import type { Supplies } from './supply.ts';
import type { Choice, Experience, PlanningView } from './view.ts';

/** Tasks of one step that a run keeps open at once, unless its limits say otherwise. */
const OPEN_AT_ONCE = 32;
/** What people do is not estimated: it is left out, and said to be. */
const FREE: Estimate = { time: 0, cost: 0, tokens: 0 };

type StepEstimate = Estimates['steps'][number];

/** What the plan will take, from what finished work took those who would get it. */
export function estimate(
  steps: readonly Planned[],
  choices: ReadonlyMap<string, Choice>,
  supplies: Supplies,
  view: PlanningView,
): Estimates {
  const each = steps.map((step) => ofStep(step, choices.get(step.step), supplies, view));
  return {
    time: criticalPath(steps, each),
    cost: total(each.map(({ cost }) => cost)),
    tokens: total(each.map(({ tokens }) => tokens)),
    steps: each,
    notes: notesOf(steps, each),
  };
}

function ofStep(
  { step, bound, requires }: Planned,
  choice: Choice | undefined,
  supplies: Supplies,
  view: PlanningView,
): StepEstimate {
  if (!bound || bound.terms.by === 'human')
    return { ...FREE, step, items: bound ? itemsOf(bound, supplies) : 1, samples: 0 };
  const items = itemsOf(bound, supplies);
  const assignee = choice?.assignee?.id;
  const known =
    assignee === undefined ? [] : requires.map((capability) => view.experience(assignee, capability));
  const { samples, duration, cost, tokens } = together(known);
  const turns =
    items === null ? null : Math.ceil(items / Math.max(1, Math.min(OPEN_AT_ONCE, choice?.capacity ?? 1)));
  return {
    step,
    items,
    samples,
    time: product(turns, duration),
    cost: product(items, cost),
    tokens: product(items, tokens),
  };
}

/** A task that needs several capabilities counts for each of them: the largest figure is its own. */
function together(known: readonly (Experience | null)[]): Experience {
  const found = known.filter((one): one is Experience => one !== null && one.samples > 0);
  if (found.length === 0 || found.length < known.length)
    return { samples: 0, duration: null, cost: null, tokens: null };
  const most = (of: (one: Experience) => number | null): number | null => {
    const values = found.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : Math.max(...values);
  };
  return {
    samples: Math.min(...found.map(({ samples }) => samples)),
    duration: most(({ duration }) => duration),
    cost: most(({ cost }) => cost),
    tokens: most(({ tokens }) => tokens),
  };
}

const product = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a * b;

const total = (values: readonly (number | null)[]): number | null =>
  values.every((value) => value !== null) ? values.reduce((sum, value) => sum + value, 0) : null;

/** The longest way through the phases; null where one of it is not known. */
function criticalPath(steps: readonly Planned[], each: readonly StepEstimate[]): number | null {
  const ends = new Map<string, number | null>();
  for (const [at, { phase, needs }] of steps.entries()) {
    const before = needs.map((need) => ends.get(need) ?? null);
    const time = each[at]?.time ?? null;
    const start = before.includes(null) ? null : Math.max(0, ...before.filter((end) => end !== null));
    ends.set(phase, start === null || time === null ? null : start + time);
  }
  const all = [...ends.values()];
  return all.includes(null) ? null : Math.max(0, ...all.filter((end) => end !== null));
}

function notesOf(steps: readonly Planned[], each: readonly StepEstimate[]): string[] {
  const work = each.filter((_, at) => isWork(steps[at]));
  const without = work.filter(({ samples }) => samples === 0).map(({ step }) => step);
  const unknown = work.filter(({ items }) => items === null).map(({ step }) => step);
  const decided = steps.some((step) => !isWork(step));
  return [
    ...(without.length > 0 ? [`no history of ${listed(without)}`] : []),
    ...(unknown.length > 0 ? [`how often ${listed(unknown)} will be done shows only in the run`] : []),
    ...(decided ? ['the time that people take to decide is left out'] : []),
  ];
}

const isWork = (step: Planned | undefined): boolean => step?.bound != null && step.bound.terms.by !== 'human';
