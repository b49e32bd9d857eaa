/**
 * Conditions on facts: one CEL expression over an object whose members are known beforehand. The language, its bounds and its
 * meter are those of the expressions in definitions.
 */
import { compileExpression, Unusable, type Run } from './cel/compile.ts';
import { factRoots, type Roots } from './cel/paths.ts';
import { makeLanguage, parseExpression, withAnyEqual, type Language, type TypeOf } from './cel/parse.ts';
import { findReferences, type Names, type Shape } from './cel/references.ts';
import { EVALUATION_WORK, Meter, reasonOf, toJson } from './cel/values.ts';
import type { Evaluation, Scope, Work } from './graph.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { shorten } from './names.ts';
import type { Path } from './path.ts';
import type { ProblemCode, ProblemList } from './problem.ts';

/** What conditions can name, as JSON Schemas by name; made once, used for many conditions. */
export interface Vocabulary {
  readonly names: Names;
  readonly language: Language;
  /** In which what may be null never is. */
  readonly whole: () => Language;
  readonly roots: Roots;
}

export interface Condition {
  /** The facts it reads, each as far as the path to it is written out, in the order of the text. */
  readonly reads: readonly Path[];
  /** `work` bounds several evaluations together; each is bounded on its own in any case. */
  evaluate(facts: JsonObject, work?: Work): Evaluation;
}

/** What a condition must give, by its CEL types without their parameters. */
export interface Gives {
  readonly as: string;
  readonly types: readonly string[];
  readonly fits: (value: Json) => boolean;
}

const TRUTH: Gives = {
  as: 'true or false',
  types: ['bool'],
  fits: (value) => typeof value === 'boolean',
};
export const NUMBER: Gives = {
  as: 'a number',
  types: ['int', 'double'],
  fits: (value) => typeof value === 'number',
};

export function makeVocabulary(shapes: { readonly [name: string]: JsonObject }): Vocabulary {
  const facts = new Map<string, Shape>(Object.entries(shapes));
  const typesBy = (of: (shape: JsonObject) => TypeOf) =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, of(shape)]));
  return {
    names: { input: null, item: null, phases: new Map(), facts, unavailable: () => null },
    language: makeLanguage(typesBy((shape) => typeOf(shape))),
    whole: () => makeLanguage(typesBy((shape) => typeOf(shape, true))),
    roots: factRoots(new Set(facts.keys())),
  };
}

const SCALARS: { readonly [type: string]: string } = { string: 'string', number: 'double', boolean: 'bool' };

/** The CEL type of what a schema allows; anything where it allows more than one, of which null may be left out. */
function typeOf(shape: JsonObject, isWhole = false): TypeOf {
  const { properties, items } = shape;
  const type = isWhole ? withoutNull(shape['type']) : shape['type'];
  if (type === 'object' && isObject(properties) && shape['additionalProperties'] === false) {
    return Object.fromEntries(
      Object.entries(properties).map(([key, of]) => [key, typeOf(of as JsonObject, isWhole)]),
    );
  }
  if (type === 'array' && isObject(items)) {
    const element = typeOf(items, isWhole);
    return typeof element === 'string' ? `list<${element}>` : 'list<dyn>';
  }
  return (typeof type === 'string' ? SCALARS[type] : undefined) ?? 'dyn';
}

function withoutNull(type: Json | undefined): Json | undefined {
  const types = Array.isArray(type) ? type.filter((one) => one !== 'null') : [];
  return types.length === 1 ? types[0] : type;
}

/**
 * Why a part of a condition that compiles never has an answer: what it takes fits neither with null nor with what its facts are else.
 * Whatever is held against something for being equal has one.
 */
export function answersNever(text: string, { language, whole }: Vocabulary): string | null {
  const source = text.trim();
  const parsed = parseExpression(source, language);
  const again = parsed.ok ? parseExpression(withAnyEqual(parsed.expression.node, source), whole()) : parsed;
  const typed = again.ok ? again.expression.type() : null;
  if (!typed || typed.ok || !/^'[-+*/%<>]=?' does/.test(typed.message)) return null;
  return `In ${shorten(source, 120)}: a part of it never has an answer: ${typed.message}.`;
}

/** Compiles a condition; null where there are problems, all of which are reported at its path. */
export function compileCondition(
  text: string,
  path: Path,
  vocabulary: Vocabulary,
  problems: ProblemList,
  gives: Gives = TRUTH,
): Condition | null {
  let failed = false;
  const say = (code: ProblemCode, message: string): null => {
    failed = true;
    problems.error(code, path, () => message);
    return null;
  };
  const source = text.trim();
  if (source.startsWith('${'))
    return say('invalid_expression', "The whole text is the expression here; write it without '${' and '}'.");
  const where = `In ${shorten(source, 120)}: `;
  const parsed = parseExpression(source, vocabulary.language);
  if (!parsed.ok) return say('invalid_expression', `${where}${parsed.message}.`);
  const { node } = parsed.expression;
  const found = findReferences(node, vocabulary.names, (code, message) => say(code, `${where}${message}`));
  if (failed) return null;
  const typed = parsed.expression.type();
  if (!typed.ok) return say('invalid_expression', `${where}${typed.message}.`);
  const base = typed.type.replace(/<.*$/, '');
  if (base !== 'dyn' && !gives.types.includes(base))
    return say('wrong_result', `${where}this must give ${gives.as}, but it gives ${base}.`);
  try {
    return condition(compileExpression(node, vocabulary.roots), source, gives, found.facts);
  } catch (error) {
    if (error instanceof Unusable) return say('invalid_expression', `${where}${error.message}.`);
    throw error;
  }
}

function condition(run: Run, source: string, gives: Gives, reads: readonly Path[]): Condition {
  return {
    reads,
    evaluate(facts, work) {
      const meter = new Meter(Math.min(EVALUATION_WORK, work?.left ?? EVALUATION_WORK));
      try {
        meter.spend(1);
        // Getters of `factRoots` are the only ones that look at the scope.
        const value = toJson(run({ scope: facts as unknown as Scope, slots: [], meter }), meter);
        if (gives.fits(value)) return { ok: true, value };
        return failure(
          source,
          `it must give ${gives.as}, but it gives ${shorten(JSON.stringify(value), 80)}`,
        );
      } catch (error) {
        return failure(source, reasonOf(error));
      } finally {
        if (work) work.left -= meter.spent;
      }
    },
  };
}

const failure = (source: string, why: string): Evaluation => ({
  ok: false,
  code: 'expression_failed',
  message: `The expression ${shorten(source, 120)} failed: ${why}.`,
});
