import { z } from 'zod';
import { approval, authority, deadline } from './approval-views.ts';
import { helpRequest, taskNotes, taskPrivilege, taskRole, taskRules } from './task-views.ts';
import { count, json, jsonObject, sha256, time } from './values.ts';
import {
  PARTICIPANT_KINDS,
  PASSPORT_STATUSES,
  RUN_STATUSES,
  SAFETIES,
  TASK_KINDS,
  TASK_STATUSES,
} from './words.ts';

/** What comes back: the shapes that answers are made of. Times are ms since the epoch. */
export const layer = z.enum(['decide', 'execute', 'record']);
export const runStatus = z.enum(RUN_STATUSES);
export const taskStatus = z.enum(TASK_STATUSES);
export const taskKind = z.enum(TASK_KINDS);
export const safety = z.enum(SAFETIES);
export const push = z.enum(['best_fit', 'offer', 'round_robin', 'random', 'shortest_queue']);
export const strategy = z.enum([...push.options, 'retain', 'case']);
export const participantKind = z.enum(PARTICIPANT_KINDS);
export const passportStatus = z.enum(PASSPORT_STATUSES);

export const failure = z.object({
  code: z.string(),
  message: z.string(),
  step: z.string().optional(),
  slot: count.optional(),
  layer: layer.optional(),
});
export const verdict = z.object({
  verdict: z.enum([
    'ok',
    'running',
    'awaiting_approval',
    'awaiting_human',
    'blocked',
    'stranded',
    'stopped',
    'failed',
    'rejected',
  ]),
  reason: z.string().describe('Plain words: why it is so, and who can change it.'),
  layer: layer.optional(),
  missing: z.array(z.string()).optional().describe('Stranded: who or what is missing, in words.'),
});
export const money = z.object({ amount: z.number(), currency: z.string() });
export const limits = z.object({
  concurrency: count,
  tasks: count,
  tokens: count.nullable(),
  cost: money.nullable(),
  duration: count.nullable().describe('Milliseconds.'),
});

export const definitionRef = z.object({ id: z.string(), version: z.int().min(1), digest: sha256 });
export const definitionSummary = definitionRef.extend({ name: z.string() });
export const definition = definitionSummary.extend({
  document: jsonObject,
  savedBy: z.string(),
  savedAt: time,
});
export const problem = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  path: z.string().describe('Where in the document, such as `phases[0].steps[1].task.input`.'),
  message: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
});

const spent = z.object({ tasks: count, tokens: z.number(), cost: z.number() });
const openTasks = z.object({ approvals: count, people: count, working: count, unassigned: count });
/** A row in a list of runs. */
export const runSummary = z.object({
  id: z.string(),
  definition: definitionRef,
  status: runStatus,
  verdict,
  priority: z.int(),
  startedBy: z.string(),
  parent: z.string().nullable(),
  failure: failure.nullable(),
  usage: spent,
  open: openTasks.describe(
    'Open tasks: approvals, those of people, and those of agents and systems that somebody has (`working`), or nobody. What they wait for now, the verdict says.',
  ),
  createdAt: time,
  updatedAt: time,
  endedAt: time.nullable(),
});

export const step = z.object({
  id: z.string().describe('`phase.step`.'),
  phase: z.string(),
  kind: z.enum(['task', 'approval', 'record', 'wait', 'workflow']),
  layer,
  status: z
    .enum(['pending', 'open', 'completed', 'failed', 'skipped', 'unfinished'])
    .describe(
      '`failed`: also where it was rejected. `unfinished`: it was open when its run ended, or began to undo what was done before it ends.',
    ),
  fanOut: z.boolean(),
  round: z.int(),
  progress: z.object({
    total: count.describe('Slots in all: 1 without `forEach`, 0 while it is not known.'),
    active: count.describe('With an open task, wait or child run.'),
    waiting: count.describe('Not opened yet, or between two attempts; 0 where nothing of it opens any more.'),
    succeeded: count,
    failed: count,
    skipped: count,
  }),
  output: json.describe(
    'The result of a step without `forEach`; null while there is none, and where the caller does not see the task that it is of.',
  ),
  outputs: z
    .array(json)
    .nullable()
    .describe(
      'Results by item, null for those of tasks that the caller does not see; null without `forEach`, and where they were left out (see `results`).',
    ),
  failures: z.array(json).nullable(),
  failure: failure.nullable(),
  feedback: json.describe('Why the work was sent back, else null.'),
  compensates: z
    .string()
    .nullable()
    .describe('The step or phase whose work it undoes; shown when that has begun. Null in all others.'),
  waits: z
    .array(z.object({ slot: count, until: time.nullable(), signal: z.string().nullable() }))
    .describe('What it waits for: a time or a signal.'),
  children: z.array(z.string()).describe('Open child runs.'),
});

export const task = z.object({
  id: z.string(),
  run: z.string(),
  step: z.string(),
  slot: count,
  round: z.int(),
  attempt: z.int(),
  kind: taskKind,
  layer,
  status: taskStatus,
  description: z.string().nullable(),
  requires: z.array(z.string()),
  by: participantKind.nullable().describe('Null: an agent or a human.'),
  level: z.number().nullable().describe('The least level, 0 to 1, of each of `requires`; null is any.'),
  safety: safety.describe('The tier of its definition.'),
  from: z.array(z.string()),
  excluded: z.array(z.string()).describe('Passports that must not do it.'),
  separate: z
    .array(z.string())
    .describe(
      'Passports of those whose work it is to be separate from: neither they do it, nor their agents.',
    ),
  offeredTo: z
    .array(z.string())
    .nullable()
    .describe('Passports that it is offered to while it is ready; null is whoever is eligible.'),
  priority: z.int(),
  deadline: time.nullable(),
  input: json,
  output: json,
  failure: failure.nullable(),
  reason: z
    .string()
    .nullable()
    .describe('Why a person is asked, where work came to them by a failure or a rejection.'),
  skippable: z.boolean(),
  assignee: z.string().nullable(),
  token: z.int().describe('The fencing token of the last claim; 0 before the first.'),
  leaseUntil: time.nullable(),
  losses: count,
  progress: z.object({ fraction: z.number().nullable(), message: z.string().nullable() }).nullable(),
  usage: z.object({ tokens: z.number(), cost: z.number() }),
  approval: approval.nullable(),
  restsOn: authority.optional().describe('Writes: the approval that they carry out.'),
  rules: taskRules.nullable().describe('How people deal with it, where its step says so; null is as usual.'),
  activateAt: time.nullable().describe('Before that it is not given out; null where nothing is waited for.'),
  deadlines: z.array(deadline).describe('What is to have happened in time, as far as that is not over.'),
  suspension: z
    .object({
      from: z.enum(['ready', 'reserved', 'in_progress']).describe('Where it goes on.'),
      until: time.nullable().describe('When it goes on by itself.'),
      since: count.describe('The sequence of the event.'),
      undo: z
        .literal(true)
        .optional()
        .describe('What it has done is undone; it is begun again when that is over.'),
    })
    .nullable(),
  notes: taskNotes.nullable(),
  help: z.array(helpRequest).describe('Whose help its holder asked for.'),
  passed: z.array(z.string()).describe('Passports that have passed it on.'),
  predone: z.boolean().describe('It was done before its turn, and its result waits for that.'),
  createdAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
});
/** What a person needs to know before they act. */
export const asked = z.object({
  what: z.string().describe('What is asked, in words.'),
  definition: definitionSummary,
  startedBy: z.string(),
  accountable: z.string().nullable().describe('The human who answers for the run.'),
  why: z.string().nullable(),
  subject: sha256.nullable().describe('To be named by a decision.'),
  onApproval: z.string().nullable(),
  onRejection: z.string().nullable(),
  onChanges: z
    .string()
    .nullable()
    .describe('What asking for changes leads to; null where it is not possible.'),
  actions: z.array(taskPrivilege).describe('What the caller may do with it now.'),
  roles: z.array(taskRole).describe('What the caller is to it.'),
  form: jsonObject.nullable().describe('The JSON Schema of its result; null is anything.'),
  obstacle: z.string().nullable().describe('Why the caller can neither do it nor decide on it, else null.'),
});
const factor = z.number().describe('0 to 1; higher is better.');
const choice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('assigned'), to: z.string() }),
  z.object({
    kind: z.literal('offered'),
    to: z.array(z.string()).nullable().describe('Null: whoever is eligible.'),
  }),
  z.object({
    kind: z.literal('waiting'),
    for: z.string().nullable().describe('Whom it waits for; null: the first of the eligible who can.'),
  }),
  z.object({ kind: z.literal('nobody'), missing: z.string() }),
]);
/** Why somebody was chosen, or nobody. */
export const explanation = z.object({
  strategy,
  by: z.enum(['preferred', 'fallback']).nullable().describe('What bound it where it was not the strategy.'),
  choice,
  seed: z.string().nullable(),
  considered: count,
  eligible: count.describe('Who could take it at that moment.'),
  candidates: z
    .array(
      z.object({
        id: z.string(),
        score: z.number(),
        factors: z.object({
          track: factor,
          level: factor,
          load: factor,
          speed: factor,
          affinity: factor,
          cost: factor.nullable(),
        }),
        insteadOf: z.string().nullable().describe('Whom it stands in for.'),
      }),
    )
    .describe('The best twenty, best first.'),
  dropped: z
    .array(z.object({ reason: z.string(), of: z.string().nullable(), count, examples: z.array(z.string()) }))
    .describe('Everybody else, by reason.'),
  changes: z
    .array(
      z.union([
        z.object({ id: z.string(), kind: z.literal('score'), more: z.number() }),
        z.object({
          id: z.string(),
          kind: z.literal('free'),
          reason: z.string(),
          detail: z.string().nullable(),
        }),
      ]),
    )
    .describe('What would have changed the outcome.'),
  words: z.array(z.string()).describe('All of it in plain words.'),
});
/** Of a task: as it was when routing was asked last and said anything new. */
const routed = explanation.extend({
  at: time.describe('When it was put there; all of it tells how it was then.'),
  holds: z
    .boolean()
    .describe(
      'Whether it still lies where it was put then: nobody has taken it, given it back, declined it or ended it, and where nobody was eligible nobody is yet. Who could take it now may be others.',
    ),
});
export const taskDetail = task.extend({
  asked,
  explanation: routed.nullable().describe('Why it was put where it was; null where routing was not asked.'),
});

const launch = z.object({
  reasons: z.array(z.string()).describe('Codes: policies, or rows of the profile.'),
  approvals: z.array(
    z.object({
      from: z.array(z.string()),
      quorum: count,
      decided: z.array(z.string()).describe('Passports that have agreed.'),
      deadline: time.nullable(),
    }),
  ),
});

export const run = runSummary.extend({
  name: z.string().describe('Of the definition.'),
  accountable: z.string().nullable(),
  input: json,
  output: json,
  limits,
  launch: launch
    .nullable()
    .describe('Whom policies let decide on its start, while it waits for that; null where none asks.'),
  depth: count,
  deadline: time.nullable(),
  sequence: count.describe('Of the last event: the cursor to follow it from.'),
  steps: z.array(step),
  tasks: z.array(task).describe('Open tasks, the first 200.'),
});

export const runReceipt = z.object({ id: z.string(), status: runStatus, sequence: count });
export const taskReceipt = z.object({ task, run: runReceipt });

export const event = z.object({
  cursor: count.describe('To go on behind this event.'),
  index: count.describe('In the ledger.'),
  run: z.string().describe('The run, or `organisation`.'),
  sequence: z.int().describe('In the run, from 1.'),
  type: z.string(),
  version: z.int(),
  at: time,
  actor: z
    .string()
    .describe(
      '`hidden`, as the authority is, where the task is hidden; the hash stays that of the whole event.',
    ),
  onBehalfOf: z.string().nullable(),
  authority: authority.extend({ version: z.union([z.string(), z.number()]).optional() }),
  layer,
  payload: jsonObject,
  previous: sha256,
  hash: sha256,
});
export const events = z.object({
  events: z.array(event),
  next: count.describe('The cursor to go on from; where there was nothing new, the one that was given.'),
});

export type RunSummaryView = z.output<typeof runSummary>;
export type RunView = z.output<typeof run>;
export type StepView = z.output<typeof step>;
export type TaskView = z.output<typeof task>;
export type TaskDetailView = z.output<typeof taskDetail>;
export type ExplanationView = z.output<typeof explanation>;
export type RoutedView = z.output<typeof routed>;
export type EventView = z.output<typeof event>;
export type DefinitionView = z.output<typeof definition>;
