import type { Budget, Estimate, Estimates } from './goal.ts';
import { listed } from './names.ts';
import type { Choice, Experience, PlanningView } from './view.ts';

/** What an estimate needs to know of a step. */
export interface Weighed {
  /** `phase.step`. */
  readonly step: string;
  readonly phase: string;
  /** Phases it waits for; they come before it. */
  readonly needs: readonly string[];
  readonly requires: readonly string[];
  /** How often it is done; null where that shows only in the run. */
  readonly items: number | null;
  /** People do it, or nobody: it is left out. */
  readonly isDecision: boolean;
  /** A run of another workflow does it, of which nothing is known here. */
  readonly isRun: boolean;
}
type StepEstimate = Estimates['steps'][number];

/** Tasks of one step that a run keeps open at once, unless its limits say otherwise. */
const OPEN_AT_ONCE = 32;
const FREE: Estimate = { time: 0, cost: 0, tokens: 0 };

/** What is known of the work of one step. */
interface Found extends Omit<Experience, 'cost'> {
  readonly costs: readonly NonNullable<Experience['cost']>[];
}
const NOTHING: Found = { samples: 0, duration: null, costs: [], tokens: null };

/**
 * What steps will take, from what finished work took those who would get them. Costs have no currency of their own here: they are in that of
 * the budget and of each other, or not known.
 */
export function estimate(
  steps: readonly Weighed[],
  choices: ReadonlyMap<string, Choice>,
  view: PlanningView,
  budget: Budget,
): Estimates {
  const found = steps.map((step) => together(knownOf(step, choices.get(step.step), view)));
  const currencies = currenciesOf(found, budget);
  const each = steps.map((step, at) =>
    ofStep(step, choices.get(step.step), found[at] ?? NOTHING, currencies.length < 2),
  );
  return {
    time: criticalPath(steps, each),
    cost: counted(total(each.map(({ cost }) => cost))),
    tokens: total(each.map(({ tokens }) => tokens)),
    steps: each,
    notes: [...notesOf(steps, each), ...costNotes(currencies)],
  };
}

type Known = Experience | null;

function knownOf({ requires, isDecision }: Weighed, choice: Choice | undefined, view: PlanningView): Known[] {
  const assignee = choice?.assignee?.id;
  return isDecision || assignee === undefined
    ? []
    : requires.map((capability) => view.experience(assignee, capability));
}

function ofStep(
  { step, items, isDecision }: Weighed,
  choice: Choice | undefined,
  { samples, duration, costs, tokens }: Found,
  comparable: boolean,
): StepEstimate {
  if (isDecision) return { ...FREE, step, items, samples: 0 };
  const atOnce = Math.max(1, Math.min(OPEN_AT_ONCE, choice?.capacity ?? 1));
  return {
    step,
    items,
    samples,
    time: product(items === null ? null : Math.ceil(items / atOnce), duration),
    cost: counted(product(items, comparable ? largest(costs.map(({ amount }) => amount)) : null)),
    tokens: whole(product(items, tokens)),
  };
}

/** A task that needs several capabilities counts for each of them: the largest figure is its own. */
function together(known: readonly Known[]): Found {
  const found = known.filter((one) => one !== null).filter(({ samples }) => samples > 0);
  if (found.length === 0 || found.length < known.length) return NOTHING;
  return {
    samples: Math.min(...found.map(({ samples }) => samples)),
    duration: largest(found.map(({ duration }) => duration)),
    costs: found.map(({ cost }) => cost).filter((cost) => cost !== null),
    tokens: largest(found.map(({ tokens }) => tokens)),
  };
}

const largest = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
};

const currenciesOf = (found: readonly Found[], { cost: budget }: Budget): string[] => {
  const costs = found.flatMap((one) => one.costs);
  const amounts = budget && costs.length > 0 ? [budget, ...costs] : costs;
  return [...new Set(amounts.map(({ currency }) => currency))].toSorted();
};

const costNotes = (currencies: readonly string[]): string[] =>
  currencies.length < 2 ? [] : [`what it will cost: amounts are in ${listed(currencies)}`];

const product = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a * b;

/** An amount to a millionth: what weighing and adding up leave behind that is no excess over a budget. */
const counted = (amount: number | null): number | null =>
  amount === null ? null : Math.round(amount * 1e6) / 1e6;

const whole = (tokens: number | null): number | null => (tokens === null ? null : Math.round(tokens));

const total = (values: readonly (number | null)[]): number | null =>
  values.every((value) => value !== null) ? values.reduce((sum, value) => sum + value, 0) : null;

/** The longest way through the phases, whose steps go on at the same time; null where one of it is not known. */
function criticalPath(steps: readonly Weighed[], each: readonly StepEstimate[]): number | null {
  const ends = new Map<string, number | null>();
  for (const [at, { phase, needs }] of steps.entries()) {
    const before = needs.map((need) => ends.get(need) ?? null);
    const time = each[at]?.time ?? null;
    const known = ends.has(phase) ? (ends.get(phase) ?? null) : 0;
    if (before.includes(null) || time === null || known === null) ends.set(phase, null);
    else ends.set(phase, Math.max(known, Math.max(0, ...before.filter((end) => end !== null)) + time));
  }
  const all = [...ends.values()];
  return all.includes(null) ? null : Math.max(0, ...all.filter((end) => end !== null));
}

function notesOf(steps: readonly Weighed[], each: readonly StepEstimate[]): string[] {
  const work = each.filter((_, at) => steps[at]?.isDecision === false);
  const runs = steps.filter(({ isRun }) => isRun).map(({ step }) => step);
  const without = work
    .filter(({ step, samples }) => samples === 0 && !runs.includes(step))
    .map(({ step }) => step);
  const unknown = work.filter(({ items }) => items === null).map(({ step }) => step);
  return [
    ...(without.length > 0 ? [`no history of ${listed(without)}`] : []),
    ...(runs.length > 0 ? [`what the workflow of ${listed(runs)} will take is not known`] : []),
    ...(unknown.length > 0 ? [`how often ${listed(unknown)} will be done shows only in the run`] : []),
    ...(steps.some(({ isDecision }) => isDecision) ? ['the time that people take is left out'] : []),
  ];
}
