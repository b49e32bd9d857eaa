import { listAt } from './check-approval.ts';
import {
  allowedCapabilities,
  checkSteps,
  checkTimeouts,
  usedCapabilities,
  usedNames,
  usedParties,
} from './check-steps.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { MAX_DEPTH } from './json-text.ts';
import { SchemaBudget, TO_SAVE } from './json-schema.ts';
import { didYouMean, ID_PATTERN } from './names.ts';
import { asObject, readOutline, workOf, type Outline, type StepOutline } from './outline.ts';
import { MAX_DEFINITION_BYTES } from './parse.ts';
import { formatPath, type Path } from './path.ts';
import { checkPhaseGraph, readPhaseGraph, type PhaseGraph } from './phase-graph.ts';
import { ProblemList, type DefinitionProblem, type ProblemCode } from './problem.ts';
import { readAuthored } from './schema-problems.ts';
import type { AuthoredDefinition } from './schema.ts';
import { compileTemplates, type Templates } from './templates.ts';
import { checkSchema, compileSchema, type SchemaProblem } from './validate.ts';

/** What exists around a definition. What is left out is not checked. */
export interface Known {
  /** Capabilities that some participant has, directly or by what another implies. */
  readonly capabilitiesHeld?: ReadonlySet<string>;
  /** Names of roles that some participant has, without `role:`. */
  readonly roles?: ReadonlySet<string>;
  /** Names of participants that are systems of record. */
  readonly systems?: ReadonlySet<string>;
  readonly definitions?: (id: string) => boolean;
}

/** Values and expressions of the largest definition that is checked. */
const MAX_VALUES = 100_000;
const MAX_EXPRESSIONS = 5000;
/** Names that are looked for among all that an organisation has, which costs more than the rest of a check. */
const MOST_HINTS = 10;

/** Everything that is wrong with a definition, all at once. Errors block saving it, warnings do not. */
export function checkDefinition(document: Json, known: Known = {}): DefinitionProblem[] {
  return examine(document, known, true).problems;
}

export interface Examination {
  readonly problems: DefinitionProblem[];
  /** Present where the structure is right. */
  readonly authored: AuthoredDefinition | null;
  readonly outline: Outline;
  readonly graph: PhaseGraph;
  readonly templates: Templates;
}

/**
 * `thorough` is for what is to be saved. It also compiles the JSON Schemas, which finds the last few faults and costs about a
 * millisecond each, and refuses what saved definitions may have: stages that never come up, which are passed over in each run,
 * time-outs that nothing goes by, texts where no text can stand, and what is read of a value that one of its type never has.
 */
export function examine(document: Json, known: Known, thorough: boolean): Examination {
  const problems = new ProblemList();
  const outline = readOutline(isObject(document) ? document : {});
  const graph = readPhaseGraph(outline);
  const done = (authored: AuthoredDefinition | null, templates: Templates): Examination => ({
    problems: problems.all(),
    authored,
    outline,
    graph,
    templates,
  });
  if (!isObject(document)) {
    problems.error('invalid_value', [], () => 'A definition is an object with `id` and `phases`.');
    return done(null, new Map());
  }
  if (!hasBounds(document, problems)) return done(null, new Map());
  const authored = readAuthored(document, problems);
  checkPhaseGraph(outline, graph, problems);
  checkSteps(outline, graph, problems);
  const templates = compileTemplates(outline, graph, problems, thorough);
  checkReachable(outline, templates, problems);
  if (thorough) checkStages(outline, templates, problems);
  if (thorough) checkTimeouts(outline, problems);
  checkSchemas(outline, thorough, problems);
  checkAllowed(outline, problems);
  checkKnown(outline, known, problems);
  return done(authored, templates);
}

/** What UTF-8, and so the digest, has no bytes for. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Size, depth and names that would make every other check unsafe; nothing else is said about a document that breaks them. */
export function hasBounds(document: JsonObject, problems: ProblemList): boolean {
  const counts = { values: 0, characters: 0, expressions: 0, right: true };
  const refuse = (code: ProblemCode, path: Path, message: string): void => {
    counts.right = false;
    problems.error(code, path, () => message);
  };
  const visit = (value: Json | undefined, path: Path): void => {
    if (++counts.values > MAX_VALUES || counts.characters > MAX_DEFINITION_BYTES) return;
    if (path.length > MAX_DEPTH)
      return refuse('too_deep', path.slice(0, 8), `This is nested more than ${MAX_DEPTH} levels deep.`);
    if (typeof value === 'string') {
      counts.characters += value.length;
      if (LONE_SURROGATE.test(value))
        refuse('invalid_value', path, 'This text contains half of a character.');
      if (value.includes('${')) counts.expressions += value.split('${').length - 1;
    } else if (typeof value === 'number' && !Number.isFinite(value)) {
      refuse('invalid_value', path, 'This is no number that JSON can hold.');
    } else if (Array.isArray(value)) {
      (value as readonly Json[]).forEach((part, index) => visit(part, [...path, index]));
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) {
        counts.characters += key.length;
        if (LONE_SURROGATE.test(key))
          refuse('invalid_value', path, 'A key in here contains half of a character.');
        if (key === '__proto__') refuse('reserved_name', path, "The key '__proto__' is not allowed.");
        visit(value[key], [...path, key]);
      }
    }
  };
  visit(document, []);
  if (counts.values > MAX_VALUES || counts.characters > MAX_DEFINITION_BYTES) {
    refuse(
      'too_large',
      [],
      `The definition is too large: at most ${MAX_VALUES} values and ${MAX_DEFINITION_BYTES} characters.`,
    );
  }
  if (counts.expressions > MAX_EXPRESSIONS)
    refuse('too_large', [], `The definition has more than ${MAX_EXPRESSIONS} expressions.`);
  return counts.right;
}

/** What needs a phase that is skipped goes on. */
function checkReachable({ phases }: Outline, templates: Templates, problems: ProblemList): void {
  for (const { path, steps } of phases) {
    checkCondition('phase', path, templates, problems);
    for (const step of steps) checkCondition('step', step.path, templates, problems);
  }
}

function checkStages({ phases }: Outline, templates: Templates, problems: ProblemList): void {
  for (const { raw, path } of phases.flatMap(({ steps }) => steps))
    for (const index of listAt(asObject(raw['approval']), 'chain').keys())
      checkCondition('stage', [...path, 'approval', 'chain', index], templates, problems);
}

/** A condition that is never true makes work that nothing ever does. */
function checkCondition(
  what: 'phase' | 'step' | 'stage',
  path: Path,
  templates: Templates,
  problems: ProblemList,
): void {
  const condition = [...path, 'if'];
  if (templates.get(formatPath(condition))?.constant?.value !== false) return;
  const never = what === 'stage' ? 'never comes up' : 'never runs';
  problems.error(
    'unreachable',
    condition,
    () =>
      `The condition is never true, so this ${what} ${never}. Take the ${what} out, or correct the condition.`,
  );
}

/** Equal schemas are looked at once. */
function checkSchemas({ raw, phases }: Outline, thorough: boolean, problems: ProblemList): void {
  const budget = new SchemaBudget(thorough ? TO_SAVE : undefined);
  const found = new Map<string, readonly SchemaProblem[]>();
  const problemsOf = (schema: JsonObject): readonly SchemaProblem[] => {
    if (!thorough) return checkSchema(schema, budget);
    const compiled = compileSchema(schema, budget);
    return compiled.ok ? [] : compiled.problems;
  };
  const check = (schema: Json | undefined, path: Path): void => {
    if (!isObject(schema)) return;
    const text = JSON.stringify(schema);
    const wrong = found.get(text) ?? problemsOf(schema);
    found.set(text, wrong);
    for (const problem of wrong)
      problems.error('invalid_schema', [...path, ...problem.path], () => problem.message);
  };
  check(raw['input'], ['input']);
  const steps: readonly StepOutline[] = phases.flatMap(workOf);
  for (const step of steps) {
    check(asObject(step.raw['task'])['output'], [...step.path, 'task', 'output']);
    check(asObject(step.raw['approval'])['schema'], [...step.path, 'approval', 'schema']);
  }
}

interface Used {
  readonly name: string;
  readonly path: Path;
}

/** Capabilities that are asked for are among those that the definition allows itself. */
function checkAllowed(outline: Outline, problems: ProblemList): void {
  const allowed = allowedCapabilities(outline);
  if (allowed === null) return;
  const names = new Set(allowed.map(({ name }) => name));
  for (const { name, path } of usedCapabilities(outline))
    if (!names.has(name))
      problems.error(
        'capability_not_allowed',
        path,
        () =>
          `'${name}' is not in allow.capabilities.${didYouMean(name, names)} Add it there, or take it out here.`,
      );
}

/** What the organisation does not have yet is no mistake: it may come before the run does. */
function checkKnown(outline: Outline, known: Known, problems: ProblemList): void {
  let hints = MOST_HINTS;
  const missing = (
    names: readonly Used[],
    held: ReadonlySet<string> | undefined,
    code: ProblemCode,
    words: (name: string) => string,
  ): void => {
    if (held === undefined) return;
    const hint = (name: string): string => (hints-- > 0 ? didYouMean(name, held) : '');
    for (const { name, path } of names)
      if (!held.has(name)) problems.warning(code, path, () => `${words(name)}${hint(name)}`);
  };
  missing(
    usedCapabilities(outline),
    known.capabilitiesHeld,
    'nobody_capable',
    (name) => `No participant has the capability '${name}' yet, so a run would wait here until one does.`,
  );
  missing(
    roles(outline),
    known.roles,
    'unknown_role',
    (name) => `No participant has the role '${name}' yet, so it stands for nobody here until one does.`,
  );
  missing(
    usedNames(outline, 'record', 'system'),
    known.systems,
    'unknown_system',
    (name) => `There is no system of record '${name}' yet, so a run would wait here until there is.`,
  );
  for (const { name, path } of usedNames(outline, 'workflow', 'definition')) {
    if (known.definitions === undefined || name === outline.id || known.definitions(name)) continue;
    problems.warning(
      'unknown_definition',
      path,
      () => `There is no definition '${name}' yet, so a run would fail here until it is saved.`,
    );
  }
}

/** The definitions that a document nests, each once; not itself, and nothing that is no id. */
export function nestedDefinitions(document: Json): readonly string[] {
  const outline = readOutline(isObject(document) ? document : {});
  const ids = usedNames(outline, 'workflow', 'definition').map(({ name }) => name);
  return [...new Set(ids)].filter((id) => id !== outline.id && ID_PATTERN.test(id));
}

const roles = (outline: Outline): readonly Used[] =>
  usedParties(outline).flatMap(({ name, path }) =>
    name.startsWith('role:') && !name.includes('${') ? [{ name: name.slice(5), path }] : [],
  );
