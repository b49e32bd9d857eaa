import { z } from 'zod';
import * as value from './values.ts';
import * as view from './views.ts';

const byId = { id: value.id };
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const deadline = z
  .union([
    value.time,
    z
      .string()
      .regex(RFC3339, 'A time is milliseconds since the epoch, or such as 2026-01-31T08:00:00Z.')
      .refine((text) => !Number.isNaN(Date.parse(text)), 'There is no such time.')
      .transform((text) => Date.parse(text)),
  ])
  .describe('When it has to be done: milliseconds since the epoch, or RFC 3339.');
const budget = z.strictObject({
  cost: z
    .strictObject({ amount: z.number().positive().max(1e12), currency: z.string().regex(/^[A-Z]{3}$/) })
    .optional(),
  tokens: z.int().min(1).optional(),
});
/** Those who may say yes to the start of a run. */
export const APPROVERS = ['role:operator', 'role:administrator'];

const status = z.enum(['planned', 'pending', 'in_progress', 'completed', 'failed', 'skipped', 'unfinished']);
const executionStep = z.object({
  order: z.int().min(1),
  step: z.string().describe('`phase.step` of the definition.'),
  description: z.string(),
  assignedTo: z
    .string()
    .nullable()
    .describe(
      'Whom it was planned for: who would have got it then; null where people decide. Who does it is in the run.',
    ),
  reason: z.string().describe('Why that one.'),
  requiredCapabilities: z.array(z.string()),
  status: status.describe('`planned` before the start; then that of the step in the run.'),
});
const estimate = {
  time: z.number().nullable().describe('Milliseconds, without the time that people take.'),
  cost: z.number().nullable(),
  tokens: z.number().nullable(),
};
const estimates = z.object({
  ...estimate,
  steps: z.array(
    z.object({
      step: z.string(),
      items: value.count.nullable().describe('How often it is done; null where that shows only in the run.'),
      samples: z.number().describe('Finished tasks that the figures are of; 0 is no history.'),
      ...estimate,
    }),
  ),
  notes: z.array(z.string()).describe('What the figures leave out.'),
});
const summary = z.object({
  id: z.string(),
  name: z.string(),
  goal: z.string(),
  status: z.enum(['draft', 'started']),
  guessed: z.boolean().describe('The capabilities were guessed from the words of the goal.'),
  plannedBy: z.string().describe('`planner`, or the name of the model that proposed the steps.'),
  createdBy: z.string(),
  createdAt: value.time,
});
const plan = summary.extend({
  definition: value.jsonObject.describe('The definition behind it.'),
  digest: value.sha256.describe('Of the definition; where the input was edited, of both.'),
  executionPlan: z.array(executionStep),
  estimates,
  explanation: z.array(z.object({ about: z.string(), because: z.string() })),
  notices: z
    .array(z.string())
    .describe('What to know before it is started; afterwards why it has no run, or where that is archived.'),
  requiredCapabilities: z.array(z.string()),
  humanInLoop: z.boolean(),
  priority: z.int(),
  deadline: value.time.nullable(),
  input: value.json,
  template: view.definitionRef.nullable().describe('The definition it was saved as when it was made.'),
  editedBy: z.string().nullable(),
  editedAt: value.time.nullable(),
  startedBy: z.string().nullable(),
  startedAt: value.time.nullable(),
  run: z
    .object({
      id: z.string(),
      status: view.runStatus,
      verdict: view.verdict.shape.verdict.nullable().describe('That of the run; null where it is archived.'),
    })
    .nullable(),
  revision: z.int().min(1),
});

export const plans = {
  'workflow.plan': {
    summary: 'Makes a plan of a goal, and a run of the plan where that is asked for.',
    permission: 'runs.operate',
    input: z.strictObject({
      goal: value.text(10_000).describe('What is to be done, in words.'),
      name: value.label.optional(),
      requiredCapabilities: value.names
        .max(100)
        .default([])
        .describe('Left out, they are guessed from the words of the goal, or chosen by a model.'),
      humanInLoop: z
        .boolean()
        .default(false)
        .describe('People approve the start, and what came of it before it counts.'),
      approvers: z
        .array(value.label)
        .min(1)
        .max(20)
        .optional()
        .describe(
          `With \`humanInLoop\`: who may approve what came of it, such as \`role:NAME\`, \`group:NAME\`, passports; ${APPROVERS.join(' or ')}, if left out.`,
        ),
      priority: z.int().min(1).max(10).default(5).describe('1 (low) to 10 (high).'),
      deadline: deadline.optional(),
      budget: budget.default({}),
      preferredAssignee: value.id.optional().describe('A passport that gets what it may do.'),
      input: value.json.default({}),
      save: value.definitionId.optional().describe('Saves the plan as a definition of this id as well.'),
      start: z
        .boolean()
        .default(false)
        .describe('Starts a run of it. A plan that was guessed stays a draft.'),
      planner: z
        .enum(['auto', 'deterministic'])
        .default('auto')
        .describe('`auto` asks a model for the steps, where one is configured.'),
    }),
    output: plan,
  },
  'plan.list': {
    summary: 'Lists plans by id, which is by age.',
    permission: 'read',
    input: z.strictObject(value.page),
    output: value.pageOf(summary),
  },
  'plan.get': {
    summary: 'Gives a plan, with how far its run has come.',
    permission: 'read',
    input: z.strictObject(byId),
    output: plan,
  },
  'plan.edit': {
    summary: 'Replaces the definition behind a plan that has not been started.',
    permission: 'runs.operate',
    input: z.strictObject({
      ...byId,
      definition: value.jsonObject.describe('Its `id` is that of the plan.'),
      input: value.json.optional().describe('Replaces the input of the plan as well.'),
      revision: z
        .int()
        .min(1)
        .optional()
        .describe('The one that was read: another edit since then refuses this one.'),
    }),
    output: plan,
  },
  'plan.start': {
    summary: 'Starts a run of a plan, which confirms it.',
    permission: 'runs.operate',
    input: z.strictObject({
      ...byId,
      digest: value.sha256.optional().describe('Of what was read: another one refuses the start.'),
    }),
    output: plan,
  },
  'plan.save': {
    summary: 'Saves a plan as a definition, to be started again with other input.',
    permission: 'definitions.write',
    input: z.strictObject({ ...byId, definition: value.definitionId }),
    output: z.object({ definition: view.definitionSummary, problems: z.array(view.problem) }),
  },
} as const;

export type PlanView = z.output<typeof plan>;
export type PlanSummaryView = z.output<typeof summary>;
