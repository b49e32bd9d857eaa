import type { Json } from '../definition/index.ts';
import { impossible, type PlanProblem } from './goal.ts';
import { expression, Ids, listed, member } from './names.ts';
import type { Ordered } from './order.ts';
import type { Supplies } from './supply.ts';
import { isOpen, needsOf, resultOf, termsOf, type Unit } from './unit.ts';
import type { Kind, StepDefaults } from './contract.ts';

/**
 * Where content stands while the plan is made.
 *
 * BIND-1  Values of one axis are as many, and belong together by their index: results of steps over the same list.
 * BIND-2  What takes `x` where there is a list of `x` is done for each; what takes `x[]` is given the whole list.
 */
interface Value {
  /** The whole of it. */
  readonly source: string;
  /** What it is a list over; null is one. */
  readonly axis: string | null;
  /** Whether one of it, on its axis, is a list itself. */
  readonly nested: boolean;
  /** Its step may be left out: one is then null, and a list, whatever its axis, empty. */
  readonly optional: boolean;
}

/** A unit with its place in the definition. */
export interface Bound {
  readonly unit: Unit;
  readonly phase: string;
  readonly step: string;
  readonly needs: readonly string[];
  readonly terms: StepDefaults;
  /** What it goes over; null is once. */
  readonly forEach: string | null;
  readonly axis: string | null;
  readonly input: Json;
  /** The whole of what it takes, by kind. */
  readonly takes: ReadonlyMap<string, string>;
  readonly result: readonly Kind[];
}
export interface Binding {
  readonly bound: readonly Bound[];
  /** What comes of it all: kinds that stand as a whole, or that nothing else takes. */
  readonly products: ReadonlyMap<string, string>;
  /** Members of the input that are taken. */
  readonly members: readonly string[];
  readonly wholeInput: boolean;
}
type BindingResult =
  | { readonly ok: true; readonly binding: Binding }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

const WORK = 'work';
const EACH = 'each';

/** Says where each unit takes what it needs from, and which are done for each of a list. */
export function bind({ units, sources, needs }: Ordered, goal: string, supplies: Supplies): BindingResult {
  const binder = new Binder(sources, goal, supplies);
  for (const unit of units) {
    const problems = binder.add(unit, [...(needs.get(unit.id) ?? [])], wantedOf(unit, units, sources));
    if (problems) return { ok: false, problems };
  }
  return { ok: true, binding: binder.binding() };
}

const wantedOf = (unit: Unit, units: readonly Unit[], sources: Ordered['sources']): Set<string> =>
  new Set(
    units.flatMap(({ id }) =>
      [...(sources.get(id) ?? [])].flatMap(([kind, from]) => (from === unit.id ? [kind] : [])),
    ),
  );

class Binder {
  readonly #sources: Ordered['sources'];
  readonly #goal: string;
  readonly #supplies: Supplies;
  readonly #ids = new Ids();
  readonly #bound: Bound[] = [];
  /** By unit, then by kind. */
  readonly #values = new Map<string, Map<string, Value>>();
  readonly #members = new Set<string>();
  readonly #taken = new Set<Value>();
  #wholeInput = false;

  constructor(sources: Ordered['sources'], goal: string, supplies: Supplies) {
    this.#sources = sources;
    this.#goal = goal;
    this.#supplies = supplies;
  }

  add(unit: Unit, needs: readonly string[], wanted: ReadonlySet<string>): readonly PlanProblem[] | null {
    const terms = termsOf(unit);
    if (!terms)
      return impossible(
        'ambiguous',
        unit.id,
        `The capabilities of ${unit.id} want their step done in different ways.`,
      ).problems;
    const takes = needsOf(unit).map((kind) => ({ kind, value: this.#valueOf(unit, kind.name) }));
    const axes = axesOf(takes);
    if ('problem' in axes) return [axes.problem];
    const phase = this.#ids.make(unit.id);
    const { axis } = axes;
    const each = takes.filter(({ kind, value }) => isEach(kind, value));
    const over = each.find(({ value }) => !value.optional) ?? each[0];
    const bound: Bound = {
      unit,
      phase,
      step: axis === null ? WORK : EACH,
      needs: needs.flatMap((id) => this.#bound.filter((one) => one.unit.id === id).map((one) => one.phase)),
      terms,
      forEach: axis === null ? null : (over?.value.source ?? null),
      axis,
      input: isOpen(unit) ? this.#everything(needs) : inputOf(takes, axis, over?.value),
      takes: new Map(takes.map(({ kind, value }) => [kind.name, value.source])),
      result: resultOf(unit, wanted),
    };
    this.#bound.push(bound);
    this.#values.set(unit.id, valuesOf(bound, over?.value));
    return null;
  }

  #valueOf(unit: Unit, kind: string): Value {
    const from = this.#sources.get(unit.id)?.get(kind) ?? null;
    const value = from === null ? this.#supplied(kind) : this.#values.get(from)?.get(kind);
    if (!value) throw new Error(`${unit.id} takes ${kind}, and nothing was found to make it`);
    this.#taken.add(value);
    return value;
  }

  readonly #fromInput = new Map<string, Value>();
  #supplied(kind: string): Value {
    const known = this.#fromInput.get(kind);
    if (known) return known;
    const supply = this.#supplies.of(kind);
    if (!supply) throw new Error(`the input does not hold ${kind}`);
    this.#members.add(supply.member);
    const source = member('input', supply.member);
    const value = { source, axis: supply.list ? source : null, nested: false, optional: false };
    this.#fromInput.set(kind, value);
    return value;
  }

  /** What says nothing about what it takes gets the goal, the input and all that it waits for. */
  #everything(needs: readonly string[]): Json {
    this.#wholeInput = true;
    const results = needs.flatMap((id) => {
      const values = [...(this.#values.get(id) ?? [])];
      for (const [, value] of values) this.#taken.add(value);
      return values.map(([kind, { source }]) => [kind, expression(source)] as const);
    });
    return {
      goal: literal(this.#goal),
      input: expression('input'),
      ...(results.length > 0 && { results: Object.fromEntries(results) }),
    };
  }

  binding(): Binding {
    const products = new Map<string, string>();
    for (const values of this.#values.values())
      for (const [kind, value] of values)
        if (value.axis === null || value.axis.endsWith('[]') || !this.#taken.has(value))
          products.set(kind, value.source);
    return {
      bound: this.#bound,
      products,
      members: [...this.#members],
      wholeInput: this.#wholeInput,
    };
  }
}

interface Take {
  readonly kind: Kind;
  readonly value: Value;
}

/** Whether the step is done for each of the list, to take this. */
const isEach = (kind: Kind, { axis, nested }: Value): boolean => axis !== null && (kind.list ? nested : true);

function axesOf(
  takes: readonly Take[],
): { readonly axis: string | null } | { readonly problem: PlanProblem } {
  const tooDeep = takes.find(({ kind, value }) => !kind.list && value.nested);
  if (tooDeep) return { problem: listOfLists(tooDeep.kind.name) };
  const each = takes.filter(({ kind, value }) => isEach(kind, value));
  const axes = new Set(each.map(({ value }) => value.axis));
  if (axes.size > 1) return { problem: unrelated(each.map(({ kind }) => kind.name)) };
  return { axis: each[0]?.value.axis ?? null };
}

const unrelated = (kinds: readonly string[]): PlanProblem => ({
  code: 'lists_unrelated',
  about: kinds[0] ?? '',
  message: `One step would have to go over ${listed(kinds)} at once, which are different lists. Let a capability take one of them whole, as \`${kinds.at(-1)}[]\`.`,
});
const listOfLists = (kind: string): PlanProblem => ({
  code: 'list_of_lists',
  about: kind,
  message: `There would be a list of ${kind} for each of a list, and one step cannot go over both. Let a capability take \`${kind}[]\`.`,
});

/** A member for each kind, under its name; where one of a kind and the list of it are taken, the list is under `kind[]`. */
const inputOf = (takes: readonly Take[], axis: string | null, over: Value | undefined): Json =>
  Object.fromEntries(
    takes.map(({ kind, value }) => [keyOf(kind, takes), expression(oneOf(kind, value, axis, over))]),
  );

const keyOf = ({ name, list }: Kind, takes: readonly Take[]): string =>
  list && takes.some(({ kind }) => kind.name === name && !kind.list) ? `${name}[]` : name;

function oneOf(kind: Kind, value: Value, axis: string | null, over: Value | undefined): string {
  const { source, nested, optional } = value;
  if (isEach(kind, value) && axis !== null) {
    if (value === over) return 'item';
    return optional ? orNone(`index < size(${source})`, `${source}[index]`, nested) : `${source}[index]`;
  }
  if (!kind.list || value.axis !== null) return source;
  return optional ? withoutGaps(`[${source}]`) : `[${source}]`;
}

/** Where the results of a step stand, by kind. */
function valuesOf({ phase, step, axis, result, terms }: Bound, over: Value | undefined): Map<string, Value> {
  const at = member(member('phases', phase), step);
  const several = result.length > 1;
  const gaps = maySkip(terms);
  const optional = gaps || terms.if !== undefined || over?.optional === true;
  return new Map(
    result.map(({ name, list }): [string, Value] => {
      if (axis === null) {
        const whole = several ? member(`${at}.output`, name) : `${at}.output`;
        const source = optional && (several || list) ? orNone(`${at}.output != null`, whole, list) : whole;
        return [name, { source, axis: list ? `${source}[]` : null, nested: false, optional }];
      }
      const kept = gaps ? withoutGaps(`${at}.outputs`) : `${at}.outputs`;
      const source = several ? `${kept}.map(one, ${member('one', name)})` : kept;
      return [name, { source, axis: gaps ? at : axis, nested: list, optional }];
    }),
  );
}

const orNone = (condition: string, source: string, list: boolean): string =>
  `(${condition} ? ${source} : ${list ? '[]' : 'null'})`;

const withoutGaps = (list: string): string => `${list}.filter(one, one != null)`;

/** Leaves gaps in its list of results, which whoever takes the list is not to see. */
const maySkip = ({ onFailure, skippable }: StepDefaults): boolean =>
  skippable === true ||
  onFailure === 'skip' ||
  (typeof onFailure === 'object' && onFailure.finally === 'skip');

/** As a text that holds no expression. */
const literal = (text: string): string => text.split('${').join('$${');
