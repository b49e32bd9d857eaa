/**
 * The points at which policies are asked, and the facts that exist at each: what conditions can name, what the core hands in,
 * and what the guide shows, from one table.
 */
import { makeVocabulary, type Vocabulary } from '../definition/condition.ts';
import { SAFETIES } from '../definition/graph.ts';
import type { JsonObject } from '../definition/json.ts';
import { compileSchema, type CompiledSchema, type ValueProblem } from '../definition/validate.ts';
import { anything, factRows, flag, number, object, orNull, text, texts, time, word } from './fact.ts';
import type { FactRow, Of } from './fact.ts';

export const TOOL_CLASSES = ['read_only', 'reversible', 'consequential'] as const;
export type ToolClass = (typeof TOOL_CLASSES)[number];

const money = (says: string) =>
  object(says, { amount: number('in units of the currency'), currency: text('ISO 4217, such as USD') });

const participant = (says: string) =>
  object(says, {
    id: text('id of the passport'),
    kind: word('what it is', ['human', 'agent', 'system']),
    owner: orNull(text('passport of the human who answers for an agent or a system')),
    roles: texts('without `role:`'),
    groups: texts('without `group:`'),
    capabilities: texts('what it can be asked for'),
  });

const now = time('RFC 3339 in UTC: `2026-01-31T08:00:00.000Z`; read it with `timestamp(now)`');

const run = object('the run', {
  id: text('id of the run'),
  definition: text('id of its definition'),
  version: number('version of its definition'),
  safety: word('tier of its definition', SAFETIES),
  startedBy: text('passport that started it'),
  accountable: orNull(text('passport of the human who answers for it')),
  priority: number('1 (low) to 10 (high)'),
  depth: number('0, or how deep it is nested in other runs'),
  contributors: texts('passports whose work went into it so far'),
  tasks: number('tasks made so far'),
  tokens: number('tokens used so far'),
  cost: number('spent so far, in the currency of its limits'),
});

const task = object('the task', {
  id: text('id of the task'),
  step: text('`phase.step` in the definition'),
  kind: word('kind of work', ['task', 'approval', 'record', 'escalation']),
  requires: texts('capabilities asked for'),
  by: orNull(word('kind of participant asked for', ['human', 'agent', 'system'])),
  attempt: number('1 for the first'),
  priority: number('1 (low) to 10 (high)'),
});

/** The facts at each point. */
export const FACTS = {
  'run.start': {
    now,
    definition: object('the definition to run', {
      id: text('id'),
      version: number('version'),
      safety: word('tier', SAFETIES),
      capabilities: texts('capabilities its steps ask for'),
      tools: texts('tools it allows'),
      systems: texts('systems of record it writes to'),
    }),
    limits: object('caps of the run', {
      concurrency: number('most tasks at once'),
      tasks: number('most tasks'),
      tokens: orNull(number('most tokens')),
      cost: orNull(money('most cost')),
      duration: orNull(number('longest time, ms')),
    }),
    estimate: object('what it is expected to need; null where nobody can tell', {
      concurrency: orNull(number('tasks at once')),
      tasks: orNull(number('tasks')),
      tokens: orNull(number('tokens')),
      cost: orNull(money('cost')),
    }),
    input: anything('input of the run'),
    startedBy: participant('who starts it'),
    priority: number('1 (low) to 10 (high)'),
    parent: orNull(
      object('the run that starts it as a part of itself', {
        run: text('id'),
        safety: word('tier', SAFETIES),
      }),
    ),
  },
  'task.assign': { now, run, task, candidate: participant('who would get the task') },
  'task.start': { now, run, task, participant: participant('who starts the task') },
  'tool.call': {
    now,
    run,
    task,
    agent: participant('who wants to call the tool'),
    tool: object('the tool', {
      name: text('name, with its server where it has one: `mcp:files/read`'),
      class: word('what a call does; a tool of unknown class is `consequential`', TOOL_CLASSES),
    }),
    arguments: anything('arguments of the call'),
  },
  'task.complete': {
    now,
    run,
    task,
    participant: participant('who did the task'),
    output: anything('the result'),
    confidence: orNull(number('0 to 1 as reported with the result')),
    usage: object('what the task took', {
      tokens: number('tokens'),
      cost: number('in the currency of the limits of the run'),
      duration: number('ms from start to result'),
    }),
  },
  'record.write': {
    now,
    run,
    task,
    record: object('the write', {
      system: text('system of record'),
      operation: text('what the system is asked to do'),
      safety: word('tier of the operation', SAFETIES),
      guarded: flag('an approval of the definition stands before it'),
    }),
    input: anything('what is written'),
  },
  delegate: {
    now,
    grantor: participant('who lets another act'),
    grantee: participant('who may act'),
    delegation: object('what for', {
      capabilities: texts('capabilities in its scope; empty is all'),
      tools: texts('tools in its scope; empty is all'),
      definitions: texts('definitions in its scope; empty is all'),
      duration: orNull(number('how long it lasts, ms; null is until it is taken back')),
      depth: number('1 for a delegation of own rights, 2 for one of delegated rights, …'),
    }),
  },
} as const;

export type Point = keyof typeof FACTS;
export const POINTS = Object.keys(FACTS) as readonly Point[];

export type FactsOf<P extends Point> = {
  readonly [name in keyof (typeof FACTS)[P]]: Of<(typeof FACTS)[P][name]>;
};
/** Facts with the point they are of. */
export type Situation = { readonly [P in Point]: { readonly point: P; readonly facts: FactsOf<P> } }[Point];

const vocabularies = new Map<Point, Vocabulary>();

/** What a condition can name at a point; made once, when the first is read. */
export function vocabularyOf(point: Point): Vocabulary {
  const known = vocabularies.get(point);
  if (known) return known;
  const shapes = Object.entries(FACTS[point]).map(([name, { shape }]) => [name, shape satisfies JsonObject]);
  const vocabulary = makeVocabulary(Object.fromEntries(shapes));
  vocabularies.set(point, vocabulary);
  return vocabulary;
}

const schemas = new Map<Point, CompiledSchema>();

/** What there is among facts that can never be there; those that are left out are nothing wrong. */
export function problemsOfFacts(point: Point, facts: JsonObject): readonly ValueProblem[] {
  const schema = schemas.get(point) ?? compileSchema(object('facts', FACTS[point]).shape);
  schemas.set(point, schema);
  return schema.ok ? schema.check(facts) : [];
}

/** The table of facts at a point, as documentation. */
export const factTable = (point: Point): FactRow[] =>
  Object.entries(FACTS[point]).flatMap(([name, fact]) => factRows(name, fact));
