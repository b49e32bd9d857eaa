/**
 * Authored values with `${ … }` in them, compiled once to templates.
 *
 * A text that is only one expression gives that value itself; otherwise the values become part of the text (texts as they
 * are, everything else as JSON). `$${` stands for `${`. Keys of objects are never expressions.
 */
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Evaluation, Scope, Template, Work } from './graph.ts';
import type { Path } from './path.ts';
import type { ProblemCode, ProblemList } from './problem.ts';
import { compileExpression, Unusable, type Run } from './cel/compile.ts';
import { pathOf, TEMPLATE_ROOTS, type Getter } from './cel/paths.ts';
import { parseExpression } from './cel/parse.ts';
import { findReferences, type Names, type Shape } from './cel/references.ts';
import { EVALUATION_WORK, Meter, reasonOf, toJson, toText, TooExpensive } from './cel/values.ts';
import { shorten } from './names.ts';
import { splitText } from './text-pieces.ts';

export type { Names, Shape, StepFacts } from './cel/references.ts';

/** What a template must give. `as` is in plain words; `read` turns a value into what the engine wants, or refuses it. */
export interface Expected {
  readonly as: string;
  /** CEL types that can be right, without their parameters. */
  readonly types: readonly string[];
  /** The same of each element, where it is written as a list; if left out, they can be anything. */
  readonly elementTypes?: readonly string[];
  readonly read: (value: Json) => Json | undefined;
}

export interface CompiledTemplate {
  readonly template: Template;
  /** What is known about the value, for the checks of what reads it. */
  readonly shape: Shape;
  /** The value where it is always the same. */
  readonly constant: { readonly value: Json } | null;
}

/** The parts of a value that change, and those that do not. Meters are per evaluation of a whole template. */
type Part =
  | { readonly kind: 'constant'; readonly value: Json }
  | { readonly kind: 'path'; readonly get: Getter; readonly source: string }
  | { readonly kind: 'run'; readonly run: (scope: Scope, meter: Meter) => Json };

class Failure extends Error {}

/** Work spent on finding out the value of an expression that names nothing; what needs more is left to the evaluation. */
const CONSTANT_WORK = 5000;
/** The same of all expressions of a document together. */
const FOLDING_WORK = 500_000;

export const foldingWork = (): Work => ({ left: FOLDING_WORK });

/** Compiles a value; null where there are problems, all of which are reported at their path. Values of a document share `folding`. */
export function compileTemplate(
  value: Json,
  path: Path,
  names: Names,
  problems: ProblemList,
  expected?: Expected,
  folding = foldingWork(),
): CompiledTemplate | null {
  const compiler = new Compiler(path, names, problems, expected, folding);
  const part = compiler.part(value, path);
  if (part === null || compiler.failed) return null;
  const reads = [...compiler.reads].sort();
  const evaluate = expected === undefined ? evaluator(part) : expecting(evaluator(part), expected);
  if (part.kind === 'constant' && expected !== undefined) return constant(evaluate, path, problems);
  const fixed = part.kind === 'constant' ? { value: part.value } : null;
  return { template: { reads, evaluate }, shape: compiler.shape, constant: fixed };
}

const NOWHERE: Scope = { input: null, phases: {}, run: { id: '', startedBy: '', priority: 0 } };

function constant(
  evaluate: Template['evaluate'],
  path: Path,
  problems: ProblemList,
): CompiledTemplate | null {
  const result = evaluate(NOWHERE);
  if (!result.ok) {
    problems.error('wrong_result', path, () => result.message);
    return null;
  }
  return { template: { reads: [], evaluate: () => result }, shape: null, constant: { value: result.value } };
}

function evaluator(part: Part): Template['evaluate'] {
  if (part.kind === 'constant') {
    const result: Evaluation = { ok: true, value: part.value };
    return () => result;
  }
  if (part.kind === 'path') {
    const { get, source } = part;
    return (scope) => {
      try {
        return { ok: true, value: get(scope) };
      } catch (error) {
        return failed(error, source);
      }
    };
  }
  const { run } = part;
  return (scope, work) => {
    const meter = new Meter(Math.min(EVALUATION_WORK, work?.left ?? EVALUATION_WORK));
    try {
      return { ok: true, value: run(scope, meter) };
    } catch (error) {
      return failed(error, '');
    } finally {
      if (work) work.left -= meter.spent;
    }
  };
}

/**
 * Whatever goes wrong in an evaluation is an answer: also a value nested deeper than the stack is high. Answers are written down,
 * whatever they quote.
 */
function failed(error: unknown, source: string): Evaluation {
  const message = error instanceof Failure ? error.message : explain(error, source);
  return { ok: false, code: 'expression_failed', message: message.replace(/\p{Surrogate}/gu, '\ufffd') };
}

const explain = (error: unknown, source: string): string =>
  `The expression \${ ${shorten(source, 120)} } failed: ${reasonOf(error)}.`;

function expecting(evaluate: Template['evaluate'], expected: Expected): Template['evaluate'] {
  return (scope, work) => {
    const result = evaluate(scope, work);
    if (!result.ok) return result;
    const value = expected.read(result.value);
    if (value !== undefined) return value === result.value ? result : { ok: true, value };
    const got = shorten(JSON.stringify(result.value), 80);
    return {
      ok: false,
      code: 'expression_failed',
      message: `This must be ${expected.as}, but it is ${got}.`,
    };
  };
}

class Compiler {
  readonly reads = new Set<string>();
  failed = false;
  shape: Shape = null;
  /** Where the value stands that is compiled; the paths of its parts are others. */
  readonly #root: Path;
  readonly #names: Names;
  readonly #problems: ProblemList;
  readonly #expected: Expected | undefined;
  readonly #folding: Work;

  constructor(
    root: Path,
    names: Names,
    problems: ProblemList,
    expected: Expected | undefined,
    folding: Work,
  ) {
    this.#root = root;
    this.#names = names;
    this.#problems = problems;
    this.#expected = expected;
    this.#folding = folding;
  }

  part(value: Json, path: Path): Part | null {
    if (typeof value === 'string') return this.#text(value, path);
    if (Array.isArray(value)) return this.#list(value as readonly Json[], path);
    return isObject(value) ? this.#object(value, path) : { kind: 'constant', value };
  }

  #list(values: readonly Json[], path: Path): Part | null {
    const parts = values.map((value, index) => this.part(value, [...path, index]));
    if (parts.includes(null)) return null;
    if (parts.every((part) => part?.kind === 'constant')) {
      return { kind: 'constant', value: parts.map((part) => (part as Part & { kind: 'constant' }).value) };
    }
    const runs = parts.map((part) => running(part!));
    return { kind: 'run', run: (scope, meter) => runs.map((run) => run(scope, meter)) };
  }

  #object(value: JsonObject, path: Path): Part | null {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    for (const key of keys) {
      if (!key.includes('${')) continue;
      this.#problem(
        'invalid_expression',
        [...path, key],
        'Keys are not evaluated; put the expression into the value.',
      );
    }
    const parts = keys.map((key) => this.part(value[key]!, [...path, key]));
    if (parts.includes(null)) return null;
    if (parts.every((part) => part?.kind === 'constant')) {
      const entries = parts.map(
        (part, at) => [keys[at]!, (part as Part & { kind: 'constant' }).value] as const,
      );
      return { kind: 'constant', value: Object.fromEntries(entries) };
    }
    const runs = parts.map((part) => running(part!));
    const run = (scope: Scope, meter: Meter): Json => {
      const made: { [key: string]: Json } = {};
      for (let at = 0; at < keys.length; at++) made[keys[at]!] = runs[at]!(scope, meter);
      return made;
    };
    return { kind: 'run', run };
  }

  #text(text: string, path: Path): Part | null {
    if (!text.includes('${')) return { kind: 'constant', value: text };
    const trimmed = this.#types(path) === undefined ? text : text.trim();
    const pieces = splitText(trimmed);
    if (pieces === null) {
      this.#problem(
        'invalid_expression',
        path,
        "A '${' has no '}'. Write '$${' where no expression is meant.",
      );
      return null;
    }
    if (pieces.length === 1 && typeof pieces[0] === 'object')
      return this.#expression(pieces[0].source, path, trimmed === text ? 'whole' : 'trimmed');
    const parts = pieces.map((piece): Part | null =>
      typeof piece === 'string'
        ? { kind: 'constant', value: piece }
        : this.#expression(piece.source, path, 'part'),
    );
    if (parts.includes(null)) return null;
    const together = 'with what stands around the expression it is a text: put all of it into one ${ … }';
    if (this.#names.thorough && !this.#fits('string', path, together)) return null;
    return this.#interpolation(parts as Part[]);
  }

  #interpolation(parts: readonly Part[]): Part {
    const runs = parts.map(running);
    const run = (scope: Scope, meter: Meter): Json => {
      let text = '';
      for (const part of runs) {
        text += toText(part(scope, meter), meter);
        meter.text(text.length);
      }
      return text;
    };
    return parts.every((part) => part.kind === 'constant') ? this.#fold(run) : { kind: 'run', run };
  }

  #expression(source: string, path: Path, of: 'whole' | 'trimmed' | 'part'): Part | null {
    const say = (message: string): null => {
      this.#problem('invalid_expression', path, `In \${ ${shorten(source.trim(), 120)} }: ${message}.`);
      return null;
    };
    const parsed = parseExpression(source);
    if (!parsed.ok) return say(parsed.message);
    const { node } = parsed.expression;
    let unknown = false;
    const found = findReferences(node, this.#names, (code, message) => {
      unknown = true;
      this.#problem(code, path, `In \${ ${shorten(source.trim(), 120)} }: ${message}`);
    });
    if (unknown) return null;
    const typed = parsed.expression.type();
    if (!typed.ok) return say(typed.message);
    if (of !== 'part') {
      if (path === this.#root) this.shape = found.shape;
      // What is saved with white space around it was taken for a text, whatever it gives.
      const isJudged = of === 'whole' || this.#names.thorough;
      if (isJudged && !this.#fits(typed.type, path)) return null;
    }
    for (const step of found.reads) this.reads.add(step);
    const getter = pathOf(node);
    if (getter !== null && found.varies)
      return { kind: 'path', get: TEMPLATE_ROOTS.getter(getter), source: source.trim() };
    try {
      return this.#code(compileExpression(node), source.trim(), found.varies);
    } catch (error) {
      if (error instanceof Unusable) return say(error.message);
      if (error instanceof Failure) this.#problem('invalid_expression', path, error.message);
      else throw error;
      return null;
    }
  }

  #code(run: Run, source: string, varies: boolean): Part {
    const evaluate = (scope: Scope, meter: Meter): Json => {
      try {
        return toJson(run({ scope, slots: [], meter }), meter);
      } catch (error) {
        throw new Failure(explain(error, source), { cause: error });
      }
    };
    return varies ? { kind: 'run', run: evaluate } : this.#fold(evaluate);
  }

  /** The value of what does not vary, as far as there is work left for it. */
  #fold(run: (scope: Scope, meter: Meter) => Json): Part {
    const most = Math.min(CONSTANT_WORK, this.#folding.left);
    const meter = new Meter(most);
    try {
      return { kind: 'constant', value: run(NOWHERE, meter) };
    } catch (error) {
      const cause = error instanceof Failure ? error.cause : error;
      if (cause instanceof TooExpensive) return { kind: 'run', run };
      throw error;
    } finally {
      this.#folding.left -= Math.min(most, meter.spent);
    }
  }

  #fits(type: string, path: Path, but?: string): boolean {
    const base = type.replace(/<.*$/, '');
    const types = this.#types(path);
    if (types === undefined || base === 'dyn' || types.includes(base)) return true;
    const given = but ?? `the expression gives ${TYPE_WORDS[base] ?? base}`;
    this.#problem('wrong_result', path, `This must be ${this.#expected?.as}, but ${given}.`);
    return false;
  }

  #types(path: Path): readonly string[] | undefined {
    return path === this.#root ? this.#expected?.types : this.#expected?.elementTypes;
  }

  #problem(code: ProblemCode, path: Path, message: string): void {
    this.failed = true;
    this.#problems.error(code, path, () => message);
  }
}

const TYPE_WORDS: { readonly [type: string]: string } = {
  bool: 'true or false',
  int: 'a number',
  double: 'a number',
  string: 'a text',
  list: 'a list',
  map: 'an object',
};

function running(part: Part): (scope: Scope, meter: Meter) => Json {
  if (part.kind === 'constant') return () => part.value;
  if (part.kind === 'run') return part.run;
  return (scope, meter) => {
    try {
      const value = part.get(scope);
      if (typeof value === 'string') meter.spend(value.length / 8);
      return value;
    } catch (error) {
      throw new Failure(explain(error, part.source));
    }
  };
}
