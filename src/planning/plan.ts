import { checkDefinition, isError } from '../definition/index.ts';
import { assemble, itemsOf, type Planned as PlannedStep } from './assemble.ts';
import { bind, type Binding, type Bound } from './bind.ts';
import { estimate, type Weighed } from './estimate.ts';
import {
  impossible,
  type ExecutionStep,
  type Goal,
  type PlanMoment,
  type Planned,
  type PlanProblem,
  type Reason,
} from './goal.ts';
import { askedFor, firstly, shapeOf, STEPS } from './explained.ts';
import { limitNotices } from './limit-notices.ts';
import { listed } from './names.ts';
import { order } from './order.ts';
import { partiesOf, select, type Selection } from './select.ts';
import { Supplies } from './supply.ts';
import { isOpen, termsOf, unitOf, type Unit } from './unit.ts';
import type { Choice, PlannedWork, PlanningView } from './view.ts';

/**
 * Makes a plan of a goal.
 *
 * PLAN-1  The same goal, view and moment give the same plan.
 * PLAN-2  A plan passes every check of definitions, and each of its steps comes after those whose products it takes.
 * PLAN-3  What cannot be planned is a list of problems that name the capability or the input that is missing.
 */
export function plan(goal: Goal, view: PlanningView, moment: PlanMoment): Planned {
  const supplies = new Supplies(goal.input);
  const selected = select(goal, view, supplies);
  if (!selected.ok) return selected;
  const { selection } = selected;
  const divided = divide(goal, selection, view, supplies);
  if (!divided.ok) return divided;
  return finish(goal, divided.binding, {
    view,
    moment,
    supplies,
    reasons: [...selection.reasons, divided.reason],
    guessed: selection.guessed,
  });
}

export interface Means {
  readonly view: PlanningView;
  readonly moment: PlanMoment;
  readonly supplies: Supplies;
  readonly reasons: readonly Reason[];
  readonly guessed: boolean;
}

type Divided =
  | { readonly ok: true; readonly binding: Binding; readonly reason: Reason }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** One step where one participant has everything and nothing forces it apart; else a step for each capability. */
function divide(goal: Goal, { contracts }: Selection, view: PlanningView, supplies: Supplies): Divided {
  const apart = arrange(inOrderGiven(contracts.map((contract) => unitOf(contract))), goal, supplies);
  if (!apart.ok) return apart;
  const about = STEPS;
  if (contracts.length === 1)
    return { ...apart, reason: { about, because: 'one capability is needed, so that one step does it' } };
  const whole = wholeOf(goal, contracts);
  const names = listed(contracts.map(({ id }) => id));
  const terms = termsOf(whole);
  const able = view.choose(workOf(whole, terms?.from, goal)).assignee;
  if (!able)
    return {
      ...apart,
      reason: { about, because: `nobody has all of ${names}, so that each is a step of its own` },
    };
  const obstacle = obstacleTo(apart.binding, terms === null);
  if (obstacle !== null)
    return {
      ...apart,
      reason: {
        about,
        because: `${able.name} has all of ${names}, but ${obstacle}, so that each is a step of its own`,
      },
    };
  const together = arrange([whole], goal, supplies);
  if (!together.ok) return { ...apart, reason: { about, because: `${names} are steps of their own` } };
  return {
    ...together,
    reason: { about, because: `${able.name} has all of ${names}, so that one step does it` },
  };
}

/** What says nothing about what it takes comes after all that was named before it. */
const inOrderGiven = (units: readonly Unit[]): Unit[] =>
  units.map((unit, at) => (isOpen(unit) && at > 0 ? { ...unit, after: followed(units, at) } : unit));

/** Sources, which make something of nothing that others name, wait for nobody. */
const followed = (units: readonly Unit[], at: number): string[] => {
  const [contract] = units[at]?.contracts ?? [];
  return contract && contract.produces.length > 0 ? [] : units.slice(0, at).map(({ id }) => id);
};

const wholeOf = (goal: Goal, contracts: Selection['contracts']): Unit => ({
  id: contracts[0]?.id ?? 'work',
  description: goal.goal,
  contracts,
  after: [],
  by: null,
});

function obstacleTo({ bound }: Binding, contradicting: boolean): string | null {
  if (contradicting) return 'they are done in different ways';
  const [first] = bound;
  const other = bound.find(({ axis }) => axis !== first?.axis);
  if (!first || !other) return null;
  const [each, once] = first.axis === null ? [other, first] : [first, other];
  return once.axis === null
    ? `${each.unit.id} is done for each of a list and ${once.unit.id} once`
    : `${each.unit.id} and ${once.unit.id} go over different lists`;
}

type Arranged =
  | { readonly ok: true; readonly binding: Binding }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

export function arrange(units: readonly Unit[], goal: Goal, supplies: Supplies): Arranged {
  const ordered = order(units, supplies);
  return ordered.ok ? bind(ordered.ordered, goal.goal, supplies) : ordered;
}

export const workOf = (unit: Unit, from: string | readonly string[] | undefined, { priority }: Goal) => ({
  requires: unit.contracts.map(({ id }) => id),
  by: unit.by ?? unit.contracts.find(({ step }) => step.by)?.step.by ?? null,
  from: partiesOf(from),
  priority,
});

/** From bound units to the plan: participants, definition, checks, estimates. */
export function finish(goal: Goal, binding: Binding, means: Means): Planned {
  const { view, moment, supplies } = means;
  if (goal.deadline !== null && goal.deadline <= moment.now)
    return impossible('deadline_passed', 'deadline', 'The deadline has passed already.');
  const staff = staffOf(goal, binding, view);
  const assembled = assemble(goal, binding, supplies, {
    moment,
    assigneeOf: (bound) => staff.bindings.get(bound) ?? null,
  });
  const errors = checkDefinition(assembled.definition).filter(isError);
  if (errors.length > 0)
    return {
      ok: false,
      problems: errors.map(({ path, message }) => ({ code: 'definition_invalid', about: path, message })),
    };
  const byStep = new Map(
    assembled.steps.flatMap(({ step, bound }) => {
      const choice = bound && staff.choices.get(bound);
      return choice ? [[step, choice] as const] : [];
    }),
  );
  const estimates = estimate(
    assembled.steps.map((step) => weighed(step, supplies)),
    byStep,
    view,
    goal.budget,
  );
  return {
    ok: true,
    plan: {
      definition: assembled.definition,
      executionPlan: assembled.steps.map((step, at) => executionStep(step, at, byStep)),
      estimates,
      explanation: [...means.reasons, ...shapesOf(binding), ...assembled.reasons, ...staff.reasons],
      notices: [
        ...guessNotice(means.guessed),
        ...staff.notices,
        ...limitNotices(goal, estimates, moment.now),
      ],
      guessed: means.guessed,
    },
  };
}

const weighed = ({ step, phase, needs, requires, bound }: PlannedStep, supplies: Supplies): Weighed => ({
  step,
  phase,
  needs,
  requires,
  items: bound ? itemsOf(bound, supplies) : 1,
  isDecision: bound === null || bound.terms.by === 'human',
  isRun: false,
});

const executionStep = (
  { step, description, requires, approvers }: PlannedStep,
  at: number,
  choices: ReadonlyMap<string, Choice>,
): ExecutionStep => ({
  order: at + 1,
  step,
  description,
  assignedTo: choices.get(step)?.assignee?.id ?? null,
  reason: reasonOf(choices.get(step)) ?? `${listed(approvers)} decides`,
  requiredCapabilities: requires,
  status: 'planned',
});

const reasonOf = (choice: Choice | undefined): string | null =>
  choice ? [choice.reason, ...(choice.approval ? [firstly(choice.approval)] : [])].join('; ') : null;

const shapesOf = ({ bound }: Binding): Reason[] =>
  bound.flatMap(({ phase, forEach }) => (forEach === null ? [] : [shapeOf(phase, forEach)]));

interface Staff {
  readonly choices: ReadonlyMap<Bound, Choice>;
  /** Steps that one participant is to get and nobody else. */
  readonly bindings: ReadonlyMap<Bound, string>;
  readonly reasons: readonly Reason[];
  readonly notices: readonly string[];
}

/** Who would get each step; whoever was preferred gets those that they may do. */
function staffOf(goal: Goal, { bound }: Binding, view: PlanningView): Staff {
  const choices = new Map<Bound, Choice>();
  const bindings = new Map<Bound, string>();
  const reasons: Reason[] = [];
  const { preferredAssignee: preferred } = goal;
  for (const one of bound) {
    const work = workOf(one.unit, one.terms.from, goal);
    const choice = view.choose(work);
    const asked = preferred === null ? null : view.choose({ ...work, from: [preferred] });
    if (asked?.assignee && preferred !== null && mayTake(preferred, work, view)) {
      bindings.set(one, preferred);
      choices.set(one, { ...asked, reason: `${asked.assignee.name} was asked for, and can do it` });
    } else choices.set(one, choice);
    const { reason = '', approval = null } = choices.get(one) ?? {};
    reasons.push({ about: one.phase, because: reason }, ...askedFor(one.phase, approval));
  }
  const notices =
    preferred !== null && bindings.size === 0
      ? [`${preferred} was asked for, and can do none of the steps.`]
      : [];
  return { choices, bindings, reasons, notices };
}

/** Where a step is for certain parties alone, the preferred one has to be one of those. */
const mayTake = (preferred: string, { from }: PlannedWork, view: PlanningView): boolean =>
  from.length === 0 || view.isOneOf(preferred, from);

const guessNotice = (guessed: boolean): string[] =>
  guessed
    ? [
        'Nobody named the capabilities: they were guessed from the words of the goal. Look at the plan before you start it.',
      ]
    : [];
