import { z } from 'zod';
import * as value from './values.ts';
import * as view from './views.ts';

const authored = {
  document: value.jsonObject.optional().describe('The definition as JSON.'),
  source: z
    .string()
    .max(4 * 1024 * 1024)
    .optional()
    .describe('The definition as text, YAML or JSON, in place of `document`.'),
};
const either = { error: 'Give the definition as `document` (JSON) or as `source` (text): one of the two.' };
const isOne = ({ document, source }: { document?: unknown; source?: unknown }): boolean =>
  (document === undefined) !== (source === undefined);

const byId = { id: value.id };
const told = z.strictObject({ ...byId, reason: value.reason.optional() });
const because = { reason: value.reason.optional(), cause: value.cause.optional() };

export const workflow = {
  'workflow.list_definitions': {
    summary: 'Lists the newest version of each definition, by id.',
    permission: 'read',
    input: z.strictObject(value.page),
    output: value.pageOf(view.definitionSummary),
  },
  'workflow.get_definition': {
    summary: 'Gives a definition: its newest version, or the one asked for.',
    permission: 'read',
    input: z.strictObject({ ...byId, version: z.int().min(1).optional() }),
    output: view.definition,
  },
  'workflow.save_definition': {
    summary: 'Saves a definition as its next version; the same document again is the version it already is.',
    permission: 'definitions.write',
    input: z.strictObject(authored).refine(isOne, either),
    output: z.object({ definition: view.definitionSummary, problems: z.array(view.problem) }),
  },
  'workflow.check_definition': {
    summary: 'Names everything that is wrong with a definition, without saving it.',
    permission: 'self',
    input: z.strictObject(authored).refine(isOne, either),
    output: z.object({ ok: z.boolean(), problems: z.array(view.problem) }),
  },
  'workflow.start': {
    summary: 'Starts a run of a definition.',
    permission: 'runs.operate',
    input: z.strictObject({
      definition: value.definitionId,
      version: z.int().min(1).optional().describe('The newest, if left out.'),
      input: value.json.default({}),
      priority: z.int().min(1).max(10).default(5).describe('1 (low) to 10 (high).'),
      hold: z
        .boolean()
        .default(false)
        .describe('The run waits for `workflow.approve` before anything of it opens.'),
      sources: z
        .array(value.id)
        .max(100)
        .optional()
        .describe(
          'Runs whose results are in the input, archived ones too: whoever worked on them approves nothing in this one.',
        ),
    }),
    output: view.runReceipt,
  },
  'workflow.list_runs': {
    summary: 'Lists runs, newest first, each with its verdict.',
    permission: 'read',
    input: z.strictObject({
      ...value.page,
      status: z.array(view.runStatus).max(9).optional(),
      definition: value.id.optional(),
      parent: value.id.optional(),
      startedBy: value.id.optional(),
      awaits: value.id
        .optional()
        .describe('Those whose start waits for an approval of this participant; `me` is the caller.'),
    }),
    output: value.pageOf(view.runSummary),
  },
  'workflow.get_run': {
    summary: 'Gives a run: its verdict, its steps with their results, its open tasks, what it has used.',
    permission: 'read',
    input: z.strictObject({
      ...byId,
      results: z
        .enum(['some', 'all', 'none'])
        .default('some')
        .describe(
          'Results of steps with `forEach`: all of them, those of steps with at most 200 items, or none.',
        ),
    }),
    output: view.run,
  },
  'workflow.approve': {
    summary: 'Lets a run begin that waits for approval. Not by whoever started it.',
    permission: 'read',
    input: told,
    output: view.runReceipt,
  },
  'workflow.reject': {
    summary: 'Ends a run that waits for approval.',
    permission: 'read',
    input: told,
    output: view.runReceipt,
  },
  'workflow.pause': {
    summary: 'Gives out no more work of a run and of its child runs; what is held may be finished.',
    permission: 'runs.operate',
    input: told,
    output: view.runReceipt,
  },
  'workflow.stop': {
    summary: 'Ends the open work of a run and keeps what is finished, until it is resumed.',
    permission: 'runs.operate',
    input: told,
    output: view.runReceipt,
  },
  'workflow.resume': {
    summary: 'Goes on with a run that is paused or stopped, with limits raised where asked.',
    permission: 'runs.operate',
    input: z.strictObject({
      ...byId,
      limits: z
        .strictObject({
          concurrency: z.int().min(1).max(10_000),
          tasks: z.int().min(1).max(1_000_000),
          tokens: z.int().min(1),
          cost: z.strictObject({
            amount: z.number().positive().max(1e12),
            currency: z.string().regex(/^[A-Z]{3}$/),
          }),
        })
        .partial()
        .optional(),
    }),
    output: view.runReceipt,
  },
  'workflow.cancel': {
    summary:
      'Ends a run for good, after what it did is undone where its steps say how; and all runs of its definition where asked.',
    permission: 'runs.operate',
    input: z.strictObject({
      ...byId,
      ...because,
      recovery: value.recovery.default('compensate'),
      keep: z
        .array(value.id)
        .max(100)
        .default([])
        .describe('Tasks that somebody works on, and may bring to their end before the run ends.'),
      runs: z
        .enum(['this', 'all'])
        .default('this')
        .describe('`all`: every run of its definition that has begun by now.'),
    }),
    output: view.runReceipt,
  },
  'workflow.rollback': {
    summary:
      'Goes back to a phase: what was done in it and after it is undone where its steps say how, and done again. People only.',
    permission: 'runs.operate',
    input: z.strictObject({ ...byId, phase: value.id, ...because }),
    output: view.runReceipt,
  },
  'workflow.signal': {
    summary: 'Tells a run what one of its waits is for; a signal nobody waits for yet is kept.',
    permission: 'runs.operate',
    input: z.strictObject({ ...byId, signal: value.label, payload: value.json.default(null) }),
    output: view.runReceipt,
  },
} as const;

const following = {
  after: z
    .int()
    .min(0)
    .default(0)
    .describe('The cursor of the last event that is known; 0 is before the first.'),
  limit: value.limit.default(100),
};
export const event = {
  'run.events': {
    summary: 'Gives the events of a run in order, or follows them as Server-Sent Events.',
    permission: 'read',
    input: z.strictObject({ ...byId, ...following }),
    output: view.events,
  },
  'event.list': {
    summary:
      'Gives the events of all runs and of the organisation in the order of the ledger, or follows them.',
    permission: 'read',
    input: z.strictObject(following),
    output: view.events,
  },
} as const;
