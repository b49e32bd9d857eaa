import { impossible, type PlanProblem } from './goal.ts';
import { listed } from './names.ts';
import type { Supplies } from './supply.ts';
import { makesOf, needsOf, refinesKind, type Unit } from './unit.ts';

/** Who makes what each unit takes. */
export interface Ordered {
  /** Producers come before consumers; else as they were given. */
  readonly units: readonly Unit[];
  /** By unit: the kinds it takes, and the unit that makes each; null is the input. */
  readonly sources: ReadonlyMap<string, ReadonlyMap<string, string | null>>;
  /** By unit: the units it waits for. */
  readonly needs: ReadonlyMap<string, ReadonlySet<string>>;
}
type Order =
  | { readonly ok: true; readonly ordered: Ordered }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };
type Source = { readonly unit: string | null } | { readonly problem: PlanProblem };

/** Orders units by what they consume and produce. */
export function order(units: readonly Unit[], supplies: Supplies): Order {
  const sources = new Map<string, Map<string, string | null>>();
  const problems: PlanProblem[] = [];
  for (const unit of units) {
    const mine = new Map<string, string | null>();
    sources.set(unit.id, mine);
    for (const { name } of needsOf(unit)) {
      const source = sourceOf(name, unit, units, supplies);
      if ('problem' in source) problems.push(source.problem);
      else mine.set(name, source.unit);
    }
  }
  if (problems.length > 0) return { ok: false, problems: unique(problems) };
  const needs = new Map(
    units.map(({ id, after }) => [id, new Set([...after, ...made(sources.get(id))])] as const),
  );
  const sequence = sort(units, needs);
  return sequence.length === units.length
    ? { ok: true, ordered: { units: sequence, sources, needs } }
    : cycle(units, sequence, sources, needs);
}

const made = (sources: ReadonlyMap<string, string | null> = new Map()): string[] =>
  [...sources.values()].filter((unit) => unit !== null);

const unique = (problems: readonly PlanProblem[]): PlanProblem[] =>
  problems.filter(
    ({ code, message }, at) =>
      problems.findIndex((other) => other.code === code && other.message === message) === at,
  );

/** What refines a kind takes it from whoever makes it; everybody else takes it refined. */
function sourceOf(kind: string, unit: Unit, units: readonly Unit[], supplies: Supplies): Source {
  const makers = units.filter((other) => makesOf(other).some(({ name }) => name === kind));
  const [refiners, base] = [
    makers.filter((other) => refinesKind(other, kind)),
    makers.filter((other) => !refinesKind(other, kind)),
  ];
  const several = refiners.length > 1 ? refiners : base.length > 1 ? base : [];
  if (several.length > 0) return { problem: ambiguous(kind, unit, several) };
  const [refiner] = refiners;
  const [maker] = base;
  const from = refiner && refiner !== unit ? refiner : maker;
  if (from) return { unit: from.id };
  return supplies.of(kind) ? { unit: null } : { problem: missing(kind, unit, supplies) };
}

const ambiguous = (kind: string, unit: Unit, makers: readonly Unit[]): PlanProblem => ({
  code: 'ambiguous',
  about: kind,
  message: `${unit.id} takes ${kind}, and ${listed(makers.map(({ id }) => id))} all make it. Leave out all but one of them.`,
});

const missing = (kind: string, unit: Unit, { names }: Supplies): PlanProblem => ({
  code: 'input_missing',
  about: kind,
  message: `${unit.id} takes ${kind}, which nothing makes and the input does not hold (${
    names.length === 0 ? 'it is empty' : `it holds ${listed(names)}`
  }). Give it as \`${kind}\`, or \`${kind}s\` for a list, or name a capability that makes it.`,
});

/** Of those that may come next, the first as they were given. */
function sort(units: readonly Unit[], needs: ReadonlyMap<string, ReadonlySet<string>>): Unit[] {
  const sequence: Unit[] = [];
  const done = new Set<string>();
  const known = new Set(units.map(({ id }) => id));
  for (;;) {
    const next = units.find(
      ({ id }) =>
        !done.has(id) && [...(needs.get(id) ?? [])].every((other) => done.has(other) || !known.has(other)),
    );
    if (!next) return sequence;
    done.add(next.id);
    sequence.push(next);
  }
}

/** Names one way round. */
function cycle(
  units: readonly Unit[],
  sequence: readonly Unit[],
  sources: Ordered['sources'],
  needs: Ordered['needs'],
): Order {
  const stuck = units.filter((unit) => !sequence.includes(unit)).map(({ id }) => id);
  const path: string[] = [];
  let at = stuck[0];
  while (at !== undefined && !path.includes(at)) {
    path.push(at);
    at = [...(needs.get(at) ?? [])].find((other) => stuck.includes(other));
  }
  const round = path.slice(path.indexOf(at ?? ''));
  const told = round.map((id, index) => {
    const from = round[(index + 1) % round.length] ?? '';
    const kind = [...(sources.get(id) ?? [])].find(([, unit]) => unit === from)?.[0];
    return kind === undefined ? `${id} waits for ${from}` : `${id} takes ${kind} from ${from}`;
  });
  return impossible('cycle', round[0] ?? '', `This goes round in a circle: ${listed(told)}.`);
}
