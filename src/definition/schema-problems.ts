/** Says in plain words what the schema of the authored form found. */
import type { z } from 'zod';
import { isObject, type Json } from './json.ts';
import { didYouMean, listNames, shorten } from './names.ts';
import type { Path } from './path.ts';
import type { ProblemCode, ProblemList } from './problem.ts';
import { definitionSchema, KNOWN_KEYS, type AuthoredDefinition } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** What a kind of document can be told about by place: the path without positions. */
export interface SchemaWords {
  /** The keys of each object. */
  readonly keys: { readonly [place: string]: readonly string[] };
  /** What something that is missing is for. */
  readonly purposes: { readonly [place: string]: string };
  /** The forms of a value that has several, by its key. */
  readonly forms: { readonly [key: string]: string };
}

/** The definition where its structure is right, else null and problems. */
export const readAuthored = (document: Json, problems: ProblemList): AuthoredDefinition | null =>
  readBy(definitionSchema, document, DEFINITION_WORDS, problems);

/** The document where its structure is as the schema says, else null and problems. */
export function readBy<Authored>(
  schema: z.ZodType<Authored>,
  document: Json,
  say: SchemaWords,
  problems: ProblemList,
): Authored | null {
  // A document is read once: making code for that takes longer than reading it, and a start waits for it.
  const result = schema.safeParse(document, { jitless: true });
  if (result.success) return result.data;
  for (const issue of result.error.issues) report(issue, [], { document, say, problems });
  return null;
}

interface Reading {
  readonly document: Json;
  readonly say: SchemaWords;
  readonly problems: ProblemList;
}

function report(issue: Issue, before: Path, reading: Reading): void {
  const { document, say, problems } = reading;
  const path: Path = [...before, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') {
    const known = say.keys[placeOf(path)] ?? [];
    for (const key of issue.keys) problems.error('unknown_key', [...path, key], () => unknownKey(key, known));
    return;
  }
  const value = valueAt(document, path);
  if (value === undefined && path.length > 0) {
    problems.error(
      'missing',
      path.slice(0, -1),
      () => `'${String(path.at(-1))}' is missing.${say.purposes[placeOf(path)] ?? ''}`,
    );
    return;
  }
  if (issue.code === 'invalid_union') {
    const branch = nearestBranch(issue.errors);
    if (branch !== null) for (const inner of branch) report(inner, path, reading);
    else problems.error('invalid_value', path, () => `${formWords(path, say)}${given(value)}`);
    return;
  }
  problems.error(codeOf(issue, path), path, () => words(issue, value));
}

/** The branch that got furthest: one whose complaints lie deeper, or one that is not about the type. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const deeper = branches.find((issues) =>
    issues.some((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );
  if (deeper !== undefined) return deeper;
  const typed = branches.filter((issues) =>
    issues.every((issue) => issue.code !== 'invalid_type' && issue.code !== 'invalid_value'),
  );
  return typed.length === 1 ? typed[0]! : null;
}

function valueAt(document: Json, path: Path): Json | undefined {
  let at: Json | undefined = document;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as { readonly [key: string]: Json })[part];
  }
  return at;
}

const placeOf = (path: Path): string => path.filter((part) => typeof part === 'string').join('.');

function unknownKey(key: string, known: readonly string[]): string {
  const meant = didYouMean(
    key,
    known.filter((one) => one !== key),
  );
  return `'${shorten(key, 64)}' is not known here.${meant === '' ? ` Known are ${listNames(known, 14)}.` : meant}`;
}

const PURPOSES: { readonly [place: string]: string } = {
  phases: ' A definition is a list of phases, each with steps.',
  'phases.steps': ' A phase is a list of steps.',
  'phases.steps.approval.subject': ' It is what the approver is shown and decides on.',
  'phases.steps.approval.from': ' It says who may decide, as in `from: role:finance-manager`.',
  'phases.steps.record.system': ' It names the system of record.',
  'phases.steps.record.operation': ' It names what the system is asked to do.',
};

const UNIONS: { readonly [key: string]: string } = {
  onFailure:
    "Write 'fail', 'skip' or { then, finally, to }; to escalate: { finally: escalate, to: role:NAME }.",
  onReject:
    "Write 'fail', { redo: PHASE, max: 2 }, { redo: PHASE, by: another_participant } or { escalate: role:NAME }.",
  quorum: "Write how many have to approve, or 'all' or 'any'.",
  then: "Write 'expire', 'reject', { notify: … }, { reassign: … } or { escalate: … }.",
  forEach: 'Write an expression that gives a list, a list, or { items, concurrency }.',
  if: 'Write an expression that gives true or false, as in "${ input.total > 100 }".',
  from: 'Write one or a list of `role:NAME`, `group:NAME` or passport ids.',
  to: 'Write one or a list of `role:NAME`, `group:NAME` or passport ids.',
  escalate: 'Write one or a list of `role:NAME`, `group:NAME` or passport ids.',
};
const DEFINITION_WORDS: SchemaWords = { keys: KNOWN_KEYS, purposes: PURPOSES, forms: UNIONS };

const formWords = (path: Path, say: SchemaWords): string =>
  say.forms[String(path.at(-1))] ?? 'This value has none of the forms that are possible here.';

function codeOf(issue: Issue, path: Path): ProblemCode {
  if (issue.code === 'too_small' && placeOf(path) === 'phases.steps' && issue.origin === 'array')
    return 'empty_phase';
  return issue.code === 'too_big' || issue.code === 'too_small' ? 'limit_exceeded' : 'invalid_value';
}

function words(issue: Issue, value: Json | undefined): string {
  switch (issue.code) {
    case 'invalid_type':
      return isOwnMessage(issue.message)
        ? `${issue.message}${given(value)}`
        : `This must be ${typeWords(issue.expected)}.${given(value)}`;
    case 'invalid_value':
      return `This must be one of ${listNames(issue.values.map(String))}.${given(value)}${meant(value, issue.values.map(String))}`;
    case 'too_small':
      return `${bound(issue.origin, 'at least', issue.minimum, issue.inclusive !== false)}${given(value)}`;
    case 'too_big':
      return `${bound(issue.origin, 'at most', issue.maximum, true)}${given(value)}`;
    default:
      return `${issue.message}${given(value)}`;
  }
}

const isOwnMessage = (message: string): boolean => !message.startsWith('Invalid input');

function bound(origin: string, word: string, limit: number | bigint, inclusive: boolean): string {
  if (word === 'at least' && limit === 1 && origin === 'array') return 'This list needs at least one entry.';
  if (word === 'at least' && limit === 1 && origin === 'string') return 'This text must not be empty.';
  if (origin === 'array') return `This list can have ${word} ${limit} entries.`;
  if (origin === 'string') return `This text can have ${word} ${limit} characters.`;
  return inclusive ? `This number must be ${word} ${limit}.` : `This number must be more than ${limit}.`;
}

const TYPES: { readonly [type: string]: string } = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};
const typeWords = (type: string): string => TYPES[type] ?? type;

function given(value: Json | undefined): string {
  if (value === undefined) return '';
  if (Array.isArray(value))
    return ` Given is ${value.length === 0 ? 'an empty list' : `a list of ${value.length}`}.`;
  if (isObject(value)) return ' Given is an object.';
  return ` Given is ${shorten(JSON.stringify(value), 80)}.`;
}

const meant = (value: Json | undefined, known: readonly string[]): string =>
  typeof value === 'string' ? didYouMean(value, known) : '';
