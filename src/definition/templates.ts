/** Compiles every authored value of a document in which expressions can stand, each with the names that exist at its place. */
import { elementShape, type Names, type StepFacts } from './cel/references.ts';
import { inTimestampRange, parseSpan, parseTimestamp } from './cel/time.ts';
import { MAX_DURATION, parseDuration } from './duration.ts';
import { compileTemplate, foldingWork, type CompiledTemplate, type Expected } from './expression.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import {
  asObject,
  type CompensationOutline,
  type Outline,
  type PhaseOutline,
  type StepOutline,
} from './outline.ts';
import { isParty, PARTY_HELP } from './parties.ts';
import { formatPath, type Path } from './path.ts';
import type { PhaseGraph } from './phase-graph.ts';
import type { ProblemList } from './problem.ts';
import { MAX_ESCALATIONS } from './schema.ts';

/** The templates of a document by the path at which they stand. */
export type Templates = ReadonlyMap<string, CompiledTemplate>;

const CONDITION: Expected = {
  as: 'true or false (an expression stands in ${ … })',
  types: ['bool'],
  read: (value) => (typeof value === 'boolean' ? value : undefined),
};
const LIST: Expected = {
  as: 'a list (an expression stands in ${ … })',
  types: ['list'],
  read: (value) => (Array.isArray(value) ? value : undefined),
};
/** Gives whole milliseconds. */
const SPAN: Expected = {
  as: 'a duration such as 30s, 8h or PT8H, or a number of milliseconds',
  types: ['string', 'int', 'double', 'google.protobuf.Duration'],
  read: (value) => {
    const ms = typeof value === 'string' ? (parseDuration(value) ?? parseSpan(value)) : value;
    return typeof ms === 'number' && ms >= 0 && ms <= MAX_DURATION ? Math.floor(ms) : undefined;
  },
};
/** Gives whole milliseconds since the epoch. */
const MOMENT: Expected = {
  as: 'a time such as 2026-01-31T08:00:00Z, or a number of milliseconds since 1970, within the years 1 to 9999',
  types: ['string', 'int', 'double', 'google.protobuf.Timestamp'],
  read: (value) => {
    const ms = typeof value === 'string' ? parseTimestamp(value) : value;
    return typeof ms === 'number' && inTimestampRange(ms) ? Math.floor(ms) : undefined;
  },
};

/** Gives the parties in one list. */
const PARTIES: Expected = {
  as: `somebody or a list of them: ${PARTY_HELP}`,
  types: ['string', 'list'],
  elementTypes: ['string', 'list'],
  read: (value) => {
    const named = [...new Set((Array.isArray(value) ? value.flat() : [value]) as readonly Json[])];
    return named.length > 0 && named.every((name) => typeof name === 'string' && isParty(name))
      ? named
      : undefined;
  },
};

/** As `PARTIES`, each a hop. */
const HOPS: Expected = {
  ...PARTIES,
  read: (value) => {
    const named = PARTIES.read(value);
    return Array.isArray(named) && named.length <= MAX_ESCALATIONS ? named : undefined;
  },
};

/** The values of each kind of step that are templates. */
const KIND_TEMPLATES: readonly (readonly [kind: string, key: string, expected?: Expected])[] = [
  ['task', 'input'],
  ['task', 'activateAt', MOMENT],
  ['approval', 'subject'],
  ['record', 'input'],
  ['wait', 'for', SPAN],
  ['wait', 'until', MOMENT],
  ['workflow', 'input'],
];

/** `thorough`: also what saved definitions may name and say, although it never exists or fits. */
export function compileTemplates(
  outline: Outline,
  graph: PhaseGraph,
  problems: ProblemList,
  thorough: boolean,
): Templates {
  return new TemplateCompiler(outline, graph, problems, thorough).all();
}

class TemplateCompiler {
  readonly #found = new Map<string, CompiledTemplate>();
  readonly #outline: Outline;
  readonly #graph: PhaseGraph;
  readonly #problems: ProblemList;
  /** What can be named at the end of the run. */
  readonly #everywhere: Names;
  readonly #folding = foldingWork();

  constructor(outline: Outline, graph: PhaseGraph, problems: ProblemList, thorough: boolean) {
    this.#outline = outline;
    this.#graph = graph;
    this.#problems = problems;
    const phases = new Map(
      outline.phases.flatMap(({ id, index, steps }) =>
        id === null || graph.byId.get(id) !== index ? [] : [[id, facts(steps, thorough)]],
      ),
    );
    const input = isObject(outline.raw['input']) ? outline.raw['input'] : null;
    this.#everywhere = { input, item: null, phases, unavailable: () => null, thorough };
  }

  all(): Templates {
    for (const phase of this.#outline.phases) {
      const names = this.#names(phase, null);
      this.#condition(phase.raw, phase.path, names);
      const items = new Map<StepOutline, Names['item']>();
      for (const step of phase.steps) items.set(step, this.#step(step, phase, names));
      for (const undo of phase.compensations)
        this.#work(undo, this.#namesAfter(phase, undo, (undo.of && items.get(undo.of)) ?? null));
    }
    this.#compile(this.#outline.raw['output'], ['output'], this.#everywhere);
    return this.#found;
  }

  #names(phase: PhaseOutline, item: Names['item']): Names {
    const unavailable = (other: string, step: string, field: string): string | null =>
      field === 'feedback' ? null : this.#unavailable(phase, other, step);
    return { ...this.#everywhere, item, unavailable };
  }

  /** What undoes work sees what it has come to. */
  #namesAfter(phase: PhaseOutline, { of }: CompensationOutline, item: Names['item']): Names {
    const names = this.#names(phase, item);
    const isOwn = (other: string, step: string): boolean =>
      other === phase.id && (of === null || step === of.id);
    return {
      ...names,
      unavailable: (other, step, field) =>
        isOwn(other, step) ? null : names.unavailable(other, step, field),
    };
  }

  /** `feedback` apart, which is null as long as nothing was sent back, results exist only upstream. */
  #unavailable(phase: PhaseOutline, other: string, step: string): string | null {
    const index = this.#graph.byId.get(other)!;
    if (this.#graph.upstream[phase.index]!.has(index)) return null;
    if (index === phase.index) {
      return `the steps of a phase run at the same time, and '${step}' is in this phase. Move one of the two into another phase.`;
    }
    if (this.#graph.upstream[index]!.has(phase.index)) return `the phase '${other}' comes after this one.`;
    return `this phase does not wait for '${other}'. Add '${other}' to its needs.`;
  }

  /** What its slots can name: the element of the list. */
  #step(step: StepOutline, phase: PhaseOutline, names: Names): Names['item'] {
    const forEach = step.raw['forEach'];
    const before = forEach === undefined ? names : { ...names, beforeItems: true as const };
    this.#condition(step.raw, step.path, before);
    const wrapped = isObject(forEach);
    const list = typeof forEach === 'string' || Array.isArray(forEach) ? forEach : undefined;
    const items = this.#compile(
      wrapped ? forEach['items'] : list,
      [...step.path, 'forEach', ...(wrapped ? ['items'] : [])],
      before,
      LIST,
    );
    const inside =
      forEach === undefined ? names : this.#names(phase, { shape: elementShape(items?.shape ?? null) });
    this.#chain(step, inside);
    this.#work(step, inside);
    return inside.item;
  }

  #work(step: StepOutline, inside: Names): void {
    for (const [kind, key, expected] of KIND_TEMPLATES) {
      this.#compile(asObject(step.raw[kind])[key], [...step.path, kind, key], inside, expected);
    }
    for (const kind of ['task', 'approval']) {
      const from = asObject(step.raw[kind])['from'];
      if (hasExpression(from)) this.#compile(from, [...step.path, kind, 'from'], inside, PARTIES);
    }
    for (const [where, key] of [
      ['onFailure', 'to'],
      ['approval', 'escalate'],
    ] as const) {
      const hops = asObject(step.raw[where])[key];
      if (hasExpression(hops)) this.#compile(hops, [...step.path, where, key], inside, HOPS);
    }
  }

  /** Which stages there are is decided over the subject. */
  #chain(step: StepOutline, names: Names): void {
    const { schema, chain } = asObject(step.raw['approval']);
    if (!Array.isArray(chain)) return;
    const inside = { ...names, subject: { shape: isObject(schema) ? schema : null } };
    for (const [index, stage] of chain.entries())
      this.#condition(asObject(stage as Json), [...step.path, 'approval', 'chain', index], inside);
  }

  #condition(raw: JsonObject, path: Path, names: Names): void {
    this.#compile(raw['if'], [...path, 'if'], names, CONDITION);
  }

  #compile(value: Json | undefined, path: Path, names: Names, expected?: Expected): CompiledTemplate | null {
    if (value === undefined) return null;
    const compiled = compileTemplate(value, path, names, this.#problems, expected, this.#folding);
    if (compiled !== null) this.#found.set(formatPath(path), compiled);
    return compiled;
  }
}

/** Parties are names as they stand, but for those with an expression. */
const hasExpression = (from: Json | undefined): boolean =>
  typeof from === 'string'
    ? from.includes('${')
    : Array.isArray(from) && from.some((name) => typeof name === 'string' && name.includes('${'));

function facts(steps: readonly StepOutline[], thorough: boolean): ReadonlyMap<string, StepFacts> {
  const known = new Map<string, StepFacts>();
  for (const { id, raw } of steps) {
    if (id === null || known.has(id)) continue;
    const { task, approval } = raw;
    const output = thorough && isObject(approval) ? DECIDED : asObject(task)['output'];
    known.set(id, { forEach: raw['forEach'] !== undefined, output: isObject(output) ? output : null });
  }
  return known;
}

/** What the engine makes of decisions. Only what is changed about a subject keeps to the schema of its approval. */
const DECIDED: JsonObject = {
  properties: { outcome: {}, digest: {}, subject: {}, decisions: {} },
  additionalProperties: false,
};
