/** Reads one policy: everything that is wrong with it, all at once, each with its path. */
import { hasBounds } from '../definition/check.ts';
import { answersNever, compileCondition, type Condition } from '../definition/condition.ts';
import { isObject, type Json, type JsonObject } from '../definition/json.ts';
import { didYouMean, listNames } from '../definition/names.ts';
import type { Path } from '../definition/path.ts';
import { isError, ProblemList, type DefinitionProblem } from '../definition/problem.ts';
import { readBy } from '../definition/schema-problems.ts';
import { POINTS, vocabularyOf, type Point } from './facts.ts';
import { DISTINCT_WORDS, LIMIT_KEYS, schemaOf, wordsOf, type PolicyDocument } from './schema.ts';

/** What exists around a policy. What is left out is not checked. */
export interface KnownNames {
  /** Names of roles, without `role:`. */
  readonly roles?: ReadonlySet<string>;
}

/** Which caps mean something at a point; at the others `limit` is refused. */
export const LIMITS_AT = {
  'run.start': ['concurrency', 'tasks', 'tokens', 'cost', 'duration'],
  'task.assign': [],
  'task.start': ['tokens', 'cost', 'duration'],
  'tool.call': [],
  'task.complete': [],
  'record.write': [],
  delegate: ['duration'],
} as const satisfies { readonly [P in Point]: readonly (typeof LIMIT_KEYS)[number][] };

/** Whom an approval can be distinct from where there is no run with work in it yet. */
const BEFORE_WORK: readonly Point[] = ['run.start', 'delegate'];

export interface ReadPolicy {
  readonly problems: DefinitionProblem[];
  /** Null where there are errors. */
  readonly policy: { readonly document: PolicyDocument; readonly when: Condition | null } | null;
}

/**
 * Everything that is wrong with a policy that is to be adopted. Errors block saving it, warnings do not. Adopted ones are read also where
 * their condition never has an answer: there they count as if it held (EVAL-2).
 */
export function checkPolicy(document: Json, known: KnownNames = {}): DefinitionProblem[] {
  const { problems, policy } = readPolicy(document, known);
  const { when, on } = policy?.document ?? {};
  const why = when !== undefined && on !== undefined ? answersNever(when, vocabularyOf(on)) : null;
  if (why === null) return problems;
  return [...problems, { code: 'invalid_expression', severity: 'error', path: 'when', message: why }];
}

export function readPolicy(document: Json, known: KnownNames = {}): ReadPolicy {
  const problems = new ProblemList();
  if (!isObject(document)) {
    problems.error('invalid_value', [], () => 'A policy is an object with `id`, `on` and `effect`.');
    return { problems: problems.all(), policy: null };
  }
  if (!hasBounds(document, problems)) return { problems: problems.all(), policy: null };
  const { effect, on } = document;
  const read = readBy(schemaOf(effect), document, wordsOf(effect), problems);
  const when = readCondition(document, problems);
  if (isPoint(on)) checkPoint(document, on, problems);
  if (effect === 'require_approval') checkApproval(document, [], problems);
  for (const key of ['from', 'to', 'escalate']) checkParties(document[key], [key], known, problems);
  const all = problems.all();
  return { problems: all, policy: read === null || all.some(isError) ? null : { document: read, when } };
}

const isPoint = (value: unknown): value is Point => (POINTS as readonly unknown[]).includes(value);

/** Null where there is none, or none that can be read. */
function readCondition({ when, on }: JsonObject, problems: ProblemList): Condition | null {
  if (typeof when !== 'string' || when === '' || !isPoint(on)) return null;
  const condition = compileCondition(when, ['when'], vocabularyOf(on), problems);
  if (condition === null || condition.reads.length > 0) return condition;
  const constant = condition.evaluate({});
  if (constant.ok && constant.value === false)
    problems.warning('unreachable', ['when'], () => 'The condition is never true: the policy does nothing.');
  return condition;
}

function checkPoint(document: JsonObject, on: Point, problems: ProblemList): void {
  const refuse = (key: string, message: () => string): void =>
    problems.error('invalid_value', [key], message);
  if (document['confidenceBelow'] !== undefined && on !== 'task.complete')
    refuse('confidenceBelow', () => `A confidence exists at task.complete only, not at ${on}.`);
  if (document['effect'] === 'limit') checkLimits(document, on, problems);
  if (!BEFORE_WORK.includes(on)) return;
  for (const { name, path } of listOf(document['distinctFrom'], ['distinctFrom'])) {
    if (name === 'initiator' || !mayBeDistinct(name)) continue;
    problems.error(
      'invalid_value',
      path,
      () => `At ${on} nothing is done yet, so there is no '${name}'; only 'initiator' has a meaning.`,
    );
  }
}

const mayBeDistinct = (name: string): boolean =>
  (DISTINCT_WORDS as readonly string[]).includes(name) || name.includes('.');

function checkLimits(document: JsonObject, on: Point, problems: ProblemList): void {
  const given = LIMIT_KEYS.filter((key) => document[key] !== undefined);
  const known: readonly string[] = LIMITS_AT[on];
  if (given.length === 0)
    problems.error('missing', [], () => `A limit says at least one of ${listNames(LIMIT_KEYS)}.`);
  for (const key of given) {
    if (known.includes(key)) continue;
    const points = POINTS.filter((point) => (LIMITS_AT[point] as readonly string[]).includes(key));
    problems.error(
      'invalid_value',
      [key],
      () => `There is no ${key} to limit at ${on}; it can be limited at ${listNames(points)}.`,
    );
  }
}

/** Of a policy, or of the profile; `at` is where its terms are. */
export function checkApproval(terms: JsonObject, at: Path, problems: ProblemList): void {
  const from = listOf(terms['from'], []).map(({ name }) => name);
  const { quorum } = terms;
  const people = new Set(from).size;
  const named = from.length > 0 && from.every((name) => !name.includes(':'));
  if (typeof quorum === 'number' && named && quorum > people)
    problems.error(
      'quorum_unreachable',
      [...at, 'quorum'],
      () => `${quorum} must agree, but only ${people} may decide.`,
    );
  if (listOf(terms['escalate'], []).length > 0 && terms['within'] === undefined)
    problems.error(
      'invalid_value',
      [...at, 'escalate'],
      () => 'Without `within` the time never passes, so nothing is ever escalated. Add `within`, as in 8h.',
    );
}

export function checkParties(
  parties: Json | undefined,
  at: Path,
  { roles }: KnownNames,
  problems: ProblemList,
): void {
  const seen = new Set<string>();
  for (const { name, path } of listOf(parties, at)) {
    if (seen.has(name)) problems.error('duplicate_value', path, () => `'${name}' is named twice.`);
    seen.add(name);
    const role = name.startsWith('role:') ? name.slice(5) : null;
    if (role !== null && roles !== undefined && !roles.has(role))
      problems.error('unknown_role', path, () => `There is no role '${role}'.${didYouMean(role, roles)}`);
  }
}

/** The texts of what is one or a list, each with its path. */
function listOf(value: Json | undefined, at: Path): { readonly name: string; readonly path: Path }[] {
  if (typeof value === 'string') return [{ name: value, path: at }];
  if (!Array.isArray(value)) return [];
  return value.flatMap((name: unknown, index) =>
    typeof name === 'string' ? [{ name, path: [...at, index] }] : [],
  );
}
