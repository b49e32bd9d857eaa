/**
 * The authored form of a definition (DESIGN section 5). Structure only: what ids, needs and expressions mean together is
 * checked in `check.ts`, so that one wrong field hides nothing else.
 */
import { z } from 'zod';
import { MAX_DURATION, parseDuration, parseReminder, parseSpan } from './duration.ts';
import { SAFETIES } from './graph.ts';
import type { Json, JsonObject } from './json.ts';
import { ID_PATTERN, isReservedName } from './names.ts';
import { isParty, PARTY_HELP } from './parties.ts';
import { TASK_PRIVILEGES, TASK_ROLE_NAMES } from './task-rules.ts';

/** Bounds that no definition goes beyond. */
const MAX_PHASES = 200;
export const MAX_STEPS = 1000;
const MAX_CONCURRENCY = 10_000;
const MAX_TASKS = 1_000_000;
const MAX_ATTEMPTS = 100;
const MAX_REDOS = 100;
export const MAX_QUORUM = 100;
export const MAX_ESCALATIONS = 20;
const MAX_STAGES = 20;
const MAX_DEADLINES = 10;
const MAX_REMINDERS = 10;
const MAX_LIST = 200;
const MAX_LOAD = 10_000;
const MAX_NAME = 200;
const MAX_DESCRIPTION = 20_000;

/** Messages travel as the text of zod's issues; `{…}` in front names the problem code where it is not `invalid_value`. */
export const text = (most: number) => z.string().min(1).max(most);

const isId = (value: string): boolean => ID_PATTERN.test(value) && !isReservedName(value);
export const id = z.string().refine(isId, {
  error: (issue) =>
    typeof issue.input === 'string' && isReservedName(issue.input)
      ? `'${issue.input}' cannot be an id, because JavaScript gives the name to every object; choose another.`
      : 'An id starts with a letter and goes on with letters, digits, `_` and `-`; 64 characters at most.',
});

const CAPABILITY = /^[a-zA-Z][a-zA-Z0-9_.:/-]{0,127}$/;
export const plainName = z.string().regex(CAPABILITY, {
  error:
    'A name starts with a letter and goes on with letters, digits and `_ . : / -`; 128 characters at most.',
});

const DURATION_HELP = 'Write a duration such as 250ms, 30s, 15m, 8h, 7d or PT8H';
const isDuration = (value: string, least: number): boolean => {
  const ms = parseDuration(value);
  return ms !== null && ms >= least && ms <= MAX_DURATION;
};
export const duration = z.string({ error: `${DURATION_HELP}.` }).refine((value) => isDuration(value, 1), {
  error: `${DURATION_HELP}, more than nothing and at most 3650d.`,
});
const delay = z.string({ error: `${DURATION_HELP}.` }).refine((value) => isDuration(value, 0), {
  error: `${DURATION_HELP}, at most 3650d.`,
});

/** A value in which `${ … }` is evaluated. */
const template = z.custom<Json>((value) => value !== undefined);
/** A JSON Schema; looked at by `validate.ts`. */
const jsonSchema = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  {
    error: 'A JSON Schema is expected here: an object such as { "type": "object" }.',
  },
);

export const party = z.string().refine(isParty, { error: `Name whom: ${PARTY_HELP}.` });
export const parties = (most: number) => z.union([party, z.array(party).max(most)]);
/** As `parties`, or with `${ … }`, which is looked at by `templates.ts`. */
const someone = z.string().refine((value) => value.includes('${') || isParty(value), {
  error: `Name whom: ${PARTY_HELP}; or an expression in \${ … } that gives one of these.`,
});
const anyone = (most: number) => z.union([someone, z.array(someone).max(most)]);

export const whole = (least: number, most: number) => z.int().min(least).max(most);

const retry = z.strictObject({
  attempts: whole(1, MAX_ATTEMPTS).optional(),
  backoff: z.enum(['none', 'fixed', 'exponential']).optional(),
  delay: delay.optional(),
  maxDelay: delay.optional(),
});

const onFailure = z.union([
  z.enum(['fail', 'skip']),
  z.strictObject({
    then: z.enum(['another_participant']).optional(),
    finally: z.enum(['fail', 'skip', 'escalate']).optional(),
    to: anyone(MAX_ESCALATIONS).optional(),
  }),
]);

const sendBack = z.strictObject({
  redo: z.string(),
  max: whole(1, MAX_REDOS).optional(),
  by: z.enum(['anybody', 'another_participant']).optional(),
});
const onReject = z.union([
  z.enum(['fail']),
  sendBack,
  z.strictObject({ escalate: parties(MAX_ESCALATIONS) }),
]);
const quorum = z.union([whole(1, MAX_QUORUM), z.enum(['all', 'any'])], {
  error: `Write how many have to approve, 1 to ${MAX_QUORUM}, or 'all' or 'any'.`,
});

const SPAN_HELP = `${DURATION_HELP}, or '8 working hours'`;
const span = z
  .string({ error: `${SPAN_HELP}.` })
  .refine((value) => (parseSpan(value)?.ms ?? 0) >= 1 && (parseSpan(value)?.ms ?? 0) <= MAX_DURATION, {
    error: `${SPAN_HELP}, more than nothing and at most 3650d.`,
  });
const reminder = z.string().refine((value) => parseReminder(value) !== null, {
  error: "Write how long before it is due, such as '1h before'.",
});
const deadline = z.strictObject({
  on: z.enum(['start', 'completion']).optional(),
  within: span,
  remind: z.union([reminder, z.array(reminder).max(MAX_REMINDERS)]).optional(),
  then: z
    .union([
      z.enum(['reject', 'expire']),
      z.strictObject({ notify: parties(MAX_ESCALATIONS) }),
      z.strictObject({ reassign: parties(MAX_ESCALATIONS) }),
      z.strictObject({ escalate: parties(MAX_ESCALATIONS) }),
    ])
    .optional(),
  suspended: z.enum(['runs', 'pauses']).optional(),
});
const deadlines = z.array(deadline).max(MAX_DEADLINES);

const forEach = z.union([
  z.string(),
  z.array(template),
  z.strictObject({ items: template, concurrency: whole(1, MAX_CONCURRENCY).optional() }),
]);

const condition = z.union([z.boolean(), z.string()]);
const schemaOrNone = jsonSchema.optional();

const fallback = z.enum(['best_fit', 'offer', 'round_robin', 'random', 'shortest_queue']);
const strategy = z.enum([...fallback.options, 'retain', 'case']);
const assign = z.strictObject({
  strategy: strategy.optional(),
  step: z.string().optional(),
  when: z.enum(['early', 'enabled', 'late']).optional(),
  load: whole(1, MAX_LOAD).optional(),
  fallback: fallback.optional(),
  order: z.enum(['any', 'queue']).optional(),
});

const privileges = z.strictObject({
  grant: z.array(z.enum(TASK_PRIVILEGES)).max(MAX_LIST).optional(),
  withdraw: z.array(z.enum(TASK_PRIVILEGES)).max(MAX_LIST).optional(),
});
const visibility = z.strictObject({
  unallocated: z.enum(['everyone', 'candidates']).optional(),
  allocated: z.enum(['everyone', 'holder']).optional(),
});
const passport = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,127}$/, { error: 'The id of a passport is expected here.' });

const share = z.number().min(0).max(1);
const task = z.strictObject({
  description: text(MAX_DESCRIPTION).optional(),
  requires: z.array(plainName).max(MAX_LIST).optional(),
  level: share.optional(),
  by: z.enum(['agent', 'human']).optional(),
  from: anyone(MAX_LIST).optional(),
  separateFrom: z.union([z.string(), z.array(z.string()).max(MAX_LIST)]).optional(),
  assign: z.union([strategy, assign]).optional(),
  confidence: share.optional(),
  input: template.optional(),
  output: schemaOrNone,
  skippable: z.boolean().optional(),
  deadlines: deadlines.optional(),
  exclude: z.union([passport, z.array(passport).max(MAX_LIST)]).optional(),
  stakeholders: parties(MAX_LIST).optional(),
  administrators: parties(MAX_LIST).optional(),
  privileges: z.partialRecord(z.enum(TASK_ROLE_NAMES).exclude(['excluded_owner']), privileges).optional(),
  delegates: z.enum(['potential_owners', 'anybody', 'nobody']).optional(),
  commence: z.enum(['creation', 'allocation']).optional(),
  help: z.enum(['all', 'any', 'none']).optional(),
  activate: z.enum(['manual']).optional(),
  activateAt: template.optional(),
  visibility: visibility.optional(),
});
const stage = z.strictObject({
  from: parties(MAX_LIST),
  quorum: quorum.optional(),
  if: condition.optional(),
});
const approval = z.strictObject({
  description: text(MAX_DESCRIPTION).optional(),
  subject: template,
  schema: schemaOrNone,
  from: anyone(MAX_LIST).optional(),
  quorum: quorum.optional(),
  chain: z.array(stage).min(1).max(MAX_STAGES).optional(),
  distinct: z.enum(['people', 'groups']).optional(),
  distinctFrom: z.union([z.string(), z.array(z.string()).max(MAX_LIST)]).optional(),
  veto: z.boolean().optional(),
  reason: z.enum(['required', 'optional']).optional(),
  onChange: z.enum(['stale', 'keep']).optional(),
  within: span.optional(),
  escalate: anyone(MAX_ESCALATIONS).optional(),
  onTimeout: z.enum(['escalate', 'reject', 'expire']).optional(),
  onReject: onReject.optional(),
  onChanges: sendBack.optional(),
  deadlines: deadlines.optional(),
});
const record = z.strictObject({
  system: plainName,
  operation: plainName,
  input: template.optional(),
  verify: z.boolean().optional(),
  approvedBy: z.string().optional(),
});
const wait = z.strictObject({
  for: template.optional(),
  until: template.optional(),
  signal: plainName.optional(),
  within: span.optional(),
});
const workflow = z.strictObject({
  definition: id,
  version: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  input: template.optional(),
});

/** A write that undoes another names no approval. */
const undoingRecord = record.omit({ approvedBy: true });
/** How work is undone: a task or a write, and what is said of it as of any step. */
const compensate = z.strictObject({
  task: task.optional(),
  record: undoingRecord.optional(),
  timeout: span.optional(),
  retry: retry.optional(),
  onFailure: onFailure.optional(),
  priority: whole(1, 10).optional(),
});
export const COMPENSATION_KINDS = ['task', 'record'] as const;

export const STEP_KINDS = ['task', 'approval', 'record', 'wait', 'workflow'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

const step = z.strictObject({
  id,
  if: condition.optional(),
  forEach: forEach.optional(),
  timeout: span.optional(),
  retry: retry.optional(),
  onFailure: onFailure.optional(),
  priority: whole(1, 10).optional(),
  task: task.optional(),
  approval: approval.optional(),
  record: record.optional(),
  wait: wait.optional(),
  workflow: workflow.optional(),
  compensate: compensate.optional(),
});

const phase = z.strictObject({
  id,
  description: text(MAX_DESCRIPTION).optional(),
  needs: z.array(z.string()).max(MAX_PHASES).optional(),
  if: condition.optional(),
  compensate: compensate.optional(),
  steps: z.array(step).min(1).max(MAX_STEPS),
});

export const limits = z.strictObject({
  concurrency: whole(1, MAX_CONCURRENCY).optional(),
  tasks: whole(1, MAX_TASKS).optional(),
  tokens: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  cost: z
    .strictObject({
      amount: z.number().positive().max(1e12),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, { error: 'A currency is three capital letters, such as USD or EUR.' }),
    })
    .optional(),
  duration: duration.optional(),
});

const allow = z.strictObject({
  capabilities: z.array(plainName).max(MAX_LIST).optional(),
  tools: z.array(text(MAX_NAME)).max(MAX_LIST).optional(),
});

export const definitionSchema = z.strictObject({
  id,
  name: text(MAX_NAME).optional(),
  description: text(MAX_DESCRIPTION).optional(),
  input: schemaOrNone,
  safety: z.enum(SAFETIES).optional(),
  limits: limits.optional(),
  allow: allow.optional(),
  phases: z.array(phase).min(1).max(MAX_PHASES),
  output: template.optional(),
});

/** A definition as its author writes it. */
export type AuthoredDefinition = z.infer<typeof definitionSchema>;
export type AuthoredPhase = AuthoredDefinition['phases'][number];
export type AuthoredStep = AuthoredPhase['steps'][number];
export type AuthoredCompensation = NonNullable<AuthoredStep['compensate']>;

/** Of a task, a record and what is said of any step, at the place where they stand. */
const keysOfWork = (
  place: string,
  written: Readonly<Record<string, unknown>>,
): { readonly [place: string]: readonly string[] } => ({
  [`${place}.task`]: Object.keys(task.shape),
  [`${place}.task.assign`]: Object.keys(assign.shape),
  [`${place}.task.privileges`]: TASK_ROLE_NAMES.filter((role) => role !== 'excluded_owner'),
  [`${place}.task.visibility`]: Object.keys(visibility.shape),
  [`${place}.task.deadlines`]: Object.keys(deadline.shape),
  [`${place}.record`]: Object.keys(written),
  [`${place}.retry`]: Object.keys(retry.shape),
  [`${place}.onFailure`]: ['then', 'finally', 'to'],
});

/** The keys that each kind of object takes, for "did you mean". The path is that of the object, positions left out. */
export const KNOWN_KEYS: { readonly [place: string]: readonly string[] } = {
  '': Object.keys(definitionSchema.shape),
  limits: Object.keys(limits.shape),
  'limits.cost': ['amount', 'currency'],
  allow: Object.keys(allow.shape),
  phases: Object.keys(phase.shape),
  'phases.steps': Object.keys(step.shape),
  ...keysOfWork('phases.steps', record.shape),
  'phases.compensate': Object.keys(compensate.shape),
  ...keysOfWork('phases.compensate', undoingRecord.shape),
  'phases.steps.compensate': Object.keys(compensate.shape),
  ...keysOfWork('phases.steps.compensate', undoingRecord.shape),
  'phases.steps.approval': Object.keys(approval.shape),
  'phases.steps.approval.onReject': ['redo', 'max', 'by', 'escalate'],
  'phases.steps.approval.onChanges': Object.keys(sendBack.shape),
  'phases.steps.approval.chain': Object.keys(stage.shape),
  'phases.steps.approval.deadlines': Object.keys(deadline.shape),
  'phases.steps.wait': Object.keys(wait.shape),
  'phases.steps.workflow': Object.keys(workflow.shape),
  'phases.steps.forEach': ['items', 'concurrency'],
};
