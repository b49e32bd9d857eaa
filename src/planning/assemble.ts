import type { Json, JsonObject } from '../definition/index.ts';
import type { Binding, Bound } from './bind.ts';
import type { Contract } from './contract.ts';
import type { Goal, PlanMoment, Reason } from './goal.ts';
import { expression, Ids, member, oneLine } from './names.ts';
import { partiesOf } from './select.ts';
import type { Supplies } from './supply.ts';

/** A step of the definition, and whose it is. */
export interface Planned {
  /** Null for an approval. */
  readonly bound: Bound | null;
  /** `phase.step`. */
  readonly step: string;
  readonly phase: string;
  readonly needs: readonly string[];
  readonly description: string;
  readonly requires: readonly string[];
  /** Who decides, for an approval. */
  readonly approvers: readonly string[];
}
export interface Assembled {
  readonly definition: JsonObject;
  readonly steps: readonly Planned[];
  readonly reasons: readonly Reason[];
}

const MAX_REDO = 3;
const NAME = 200;
/** Far above what most plans need; the engine's own default is 10,000. */
const USUAL_TASKS = 5000;
/** Ten years, in ms: the longest that a run may be given. */
const LONGEST = 3650 * 86_400_000;

/** Makes the definition of bound units. `assignee` is bound to a step where it was asked for and may do it. */
export function assemble(
  goal: Goal,
  binding: Binding,
  supplies: Supplies,
  means: {
    readonly moment: PlanMoment;
    assigneeOf(bound: Bound): string | null;
  },
): Assembled {
  const ids = new Ids();
  for (const { phase } of binding.bound) ids.make(phase);
  const draft: Draft = { phases: [], steps: [], reasons: [], ids };
  for (const bound of binding.bound) addWork(bound, means.assigneeOf(bound), draft);
  if (goal.humanInLoop) addSignOff(goal, binding, draft);
  const name = oneLine(goal.name ?? goal.goal, NAME);
  const definition: JsonObject = {
    id: means.moment.id,
    name: name === '' ? means.moment.id : name,
    description: goal.goal,
    input: inputSchema(goal, binding, supplies),
    limits: limitsOf(goal, binding, supplies, means.moment),
    allow: { capabilities: [...new Set(draft.steps.flatMap(({ requires }) => requires))].toSorted() },
    phases: draft.phases,
    output: productsOf(binding),
  };
  return { definition: withoutEmpty(definition), steps: draft.steps, reasons: draft.reasons };
}

interface Draft {
  readonly phases: JsonObject[];
  readonly steps: Planned[];
  readonly reasons: Reason[];
  readonly ids: Ids;
}

const withoutEmpty = ({ allow, limits, ...rest }: JsonObject): JsonObject => ({
  ...rest,
  ...(limits && Object.keys(limits).length > 0 && { limits }),
  ...(allow && (allow as { capabilities: string[] }).capabilities.length > 0 && { allow }),
});

function addWork(bound: Bound, assignee: string | null, draft: Draft): void {
  const { unit, phase, step, needs, terms, forEach, input, result } = bound;
  const { by, from, if: condition, timeout, retry, onFailure, skippable, confidence } = terms;
  const requires = unit.contracts.map(({ id }) => id);
  const parties = assignee === null ? partiesOf(from) : [assignee];
  const output = schemaOf(
    unit.contracts,
    result.map(({ name }) => name),
  );
  const task: JsonObject = {
    description: oneLine(unit.description, 2000),
    ...(requires.length > 0 && { requires }),
    ...(by && { by }),
    ...(parties.length > 0 && { from: parties }),
    input,
    ...(output && { output }),
    ...(skippable && { skippable }),
    ...(confidence !== undefined && { confidence }),
  };
  draft.phases.push({
    id: phase,
    ...(needs.length > 0 && { needs }),
    ...(condition !== undefined && { if: withTakes(condition, bound) }),
    steps: [
      {
        id: step,
        ...(forEach !== null && { forEach: expression(forEach) }),
        task,
        ...(timeout !== undefined && { timeout }),
        ...(retry && { retry: retry as JsonObject }),
        ...(onFailure && { onFailure: onFailure as Json }),
      },
    ],
  });
  draft.steps.push({
    bound,
    step: `${phase}.${step}`,
    phase,
    needs,
    description: unit.description,
    requires,
    approvers: [],
  });
}

/** `consumes.KIND` of a condition is the whole of what the step takes of that kind. */
const withTakes = (condition: string, { takes }: Bound): string =>
  condition.replaceAll(
    /\bconsumes\.([a-zA-Z_][a-zA-Z0-9_]*)/g,
    (all, kind: string) => takes.get(kind) ?? all,
  );

/** People say yes to what came of it; else the work goes back to the last thing that people did, or the last of all. */
function addSignOff(goal: Goal, binding: Binding, draft: Draft): void {
  const last = draft.steps.filter(({ bound }) => bound !== null);
  const back = last.findLast(({ bound }) => bound?.terms.by === 'human') ?? last.at(-1);
  const waited = new Set(draft.steps.flatMap(({ needs }) => needs));
  const phase = draft.ids.make('approval');
  addApproval(draft, {
    phase,
    needs: draft.steps.filter((step) => !waited.has(step.phase)).map((step) => step.phase),
    description: `Approve the result of: ${oneLine(goal.goal, 300)}`,
    subject: productsOf(binding),
    from: goal.approvers,
    onReject: back ? { onReject: { redo: back.phase, max: MAX_REDO } } : {},
  });
  draft.reasons.push({
    about: phase,
    because: `added, because people are to stay in the loop; rejected work goes back to ${back?.phase ?? 'nothing'}`,
  });
}

interface Approval {
  readonly phase: string;
  readonly needs: readonly string[];
  readonly description: string;
  readonly subject: Json;
  readonly from: readonly string[];
  readonly onReject: JsonObject;
}
function addApproval(draft: Draft, { phase, needs, description, subject, from, onReject }: Approval): void {
  const step = 'decision';
  draft.phases.push({
    id: phase,
    ...(needs.length > 0 && { needs }),
    steps: [{ id: step, approval: { description, subject, from, ...onReject } }],
  });
  draft.steps.push({
    bound: null,
    step: `${phase}.${step}`,
    phase,
    needs,
    description,
    requires: [],
    approvers: from,
  });
}

const productsOf = ({ products }: Binding): JsonObject =>
  Object.fromEntries([...products].map(([kind, source]) => [kind, expression(source)]));

/** Of a result of several kinds: a member for each. Null where one of them says nothing. */
function schemaOf(contracts: readonly Contract[], kinds: readonly string[]): JsonObject | null {
  const [only] = contracts;
  if (contracts.length === 1 && only) return only.output;
  const makers = kinds.map((kind) =>
    contracts.find(({ id, produces }) =>
      [id, ...produces].some((one) => one === kind || one === `${kind}[]`),
    ),
  );
  if (makers.some((maker) => !maker?.output || maker.produces.length > 1)) return null;
  const [first] = makers;
  if (kinds.length === 1) return first?.output ?? null;
  const properties = Object.fromEntries(kinds.map((kind, at) => [kind, makers[at]?.output ?? {}]));
  return { type: 'object', required: [...kinds], properties };
}

function inputSchema({ input }: Goal, { members }: Binding, supplies: Supplies): JsonObject {
  if (members.length === 0) return typeOf(input);
  const properties = Object.fromEntries(members.map((name) => [name, typeOf(supplies.value(name))]));
  return { type: 'object', required: [...members], properties };
}

const typeOf = (value: Json): JsonObject => {
  if (Array.isArray(value)) {
    const types = new Set(value.map((one: Json) => JSON.stringify(plainType(one))));
    const [only] = types;
    return {
      type: 'array',
      ...(types.size === 1 && only !== '{}' && { items: JSON.parse(only ?? '{}') as JsonObject }),
    };
  }
  return plainType(value);
};
const plainType = (value: Json): JsonObject => {
  if (value === null) return {};
  return { type: Array.isArray(value) ? 'array' : typeof value };
};

function limitsOf(goal: Goal, { bound }: Binding, supplies: Supplies, { now }: PlanMoment): JsonObject {
  const { cost, tokens } = goal.budget;
  const tasks = bound.reduce((sum, one) => sum + (itemsOf(one, supplies) ?? 1) * attemptsOf(one), 0);
  return {
    ...(tasks > USUAL_TASKS && { tasks: Math.min(1_000_000, tasks * 2) }),
    ...(cost && { cost: { ...cost } }),
    ...(tokens !== null && { tokens }),
    ...(goal.deadline !== null && goal.deadline - now <= LONGEST && { duration: `${goal.deadline - now}ms` }),
  };
}

const attemptsOf = ({ terms }: Bound): number => terms.retry?.attempts ?? 3;

/** How many times a step is done; null where that shows only in the run. */
export function itemsOf({ axis }: Bound, supplies: Supplies): number | null {
  if (axis === null) return 1;
  for (const name of supplies.names) {
    const value = supplies.value(name);
    if (axis === member('input', name) && Array.isArray(value)) return value.length;
  }
  return null;
}
