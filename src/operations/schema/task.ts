import { z } from 'zod';
import * as value from './values.ts';
import * as view from './views.ts';

const byId = { id: value.id };
const held = { ...byId, token: value.token.optional() };
const lease = { leaseSeconds: value.leaseSeconds.default(30) };

const passing = {
  keepState: z
    .boolean()
    .default(true)
    .describe('Whether what was written so far goes with it; it stays in the history in any case.'),
  reason: value.reason.optional(),
};
/** What an administrator decides over a task, and what that means for the rest. */
const handling = {
  reason: value.reason.optional(),
  cause: value.cause.optional(),
  case: z
    .enum(['continue', 'remove', 'remove_all'])
    .default('continue')
    .describe(
      'The run goes on; or its other work is removed and it ends; or so do all runs of its definition.',
    ),
  recovery: value.recovery
    .default('none')
    .describe(
      'What becomes of what was done: nothing; what the task did is undone (where the run ends: all that was done); or the run goes back to a phase.',
    ),
};
const sight = z.object({
  unallocated: z.enum(['everyone', 'candidates']).describe('Of tasks that nobody has.'),
  allocated: z.enum(['everyone', 'holder']).describe('Of tasks that somebody has.'),
});

export const task = {
  'task.list': {
    summary: 'Lists tasks, newest first. Agents and systems see those they hold or could do.',
    permission: 'tasks.work',
    input: z.strictObject({
      ...value.page,
      run: value.id.optional(),
      step: value.id.optional(),
      status: z.array(view.taskStatus).max(9).optional(),
      kind: z.array(view.taskKind).max(5).optional(),
      open: z.boolean().optional().describe('True: tasks that have not ended; false: those that have.'),
      assignee: value.id.optional(),
      mine: z
        .boolean()
        .default(false)
        .describe(
          "The caller's inbox: open tasks that they hold, or could take or decide; the most urgent first.",
        ),
      order: z
        .enum(['newest', 'queue'])
        .optional()
        .describe(
          '`queue`, which takes open tasks only: by urgency, which is age, priority and deadlines. It is the order of the inbox.',
        ),
    }),
    output: value.pageOf(view.task),
  },
  'task.get': {
    summary: 'Gives a task, with what is asked, by whom and why, and what the caller may do about it.',
    permission: 'tasks.work',
    input: z.strictObject(byId),
    output: view.taskDetail,
  },
  'task.claim_next': {
    summary: 'Gives the caller the most urgent task it may do, started and held; waits for one where asked.',
    permission: 'tasks.work',
    input: z.strictObject({
      capabilities: value.names.optional().describe('Only tasks that ask for one of these.'),
      waitSeconds: z.number().min(0).max(60).default(0).describe('How long to wait for a task.'),
      ...lease,
    }),
    output: z.object({ task: view.task.nullable().describe('Null: there was none.') }),
  },
  'task.claim': {
    summary:
      'Takes a task. Agents and systems start it with that, and hold it by a lease; people hold it until they give it back.',
    permission: 'tasks.work',
    input: z.strictObject({ ...byId, ...lease }),
    output: view.taskReceipt,
  },
  'task.start': {
    summary: 'Begins work on a task, which is taken with that if it is not held yet.',
    permission: 'tasks.work',
    input: z.strictObject({ ...byId, ...lease }),
    output: view.taskReceipt,
  },
  'task.heartbeat': {
    summary: 'Keeps a held task: its lease ends that much later.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, ...lease }),
    output: z.object({ leaseUntil: view.task.shape.leaseUntil }),
  },
  'task.progress': {
    summary: 'Says how far the work is, and what it has used since the last time.',
    permission: 'tasks.work',
    input: z.strictObject({
      ...held,
      fraction: z.number().min(0).max(1).optional(),
      message: z.string().max(2000).optional(),
      usage: value.usage.optional(),
    }),
    output: view.taskReceipt,
  },
  'task.complete': {
    summary: 'Ends a held task with its result.',
    permission: 'tasks.work',
    input: z.strictObject({
      ...held,
      output: value.json.default(null),
      usage: value.usage.optional(),
      confidence: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe('How sure its maker is. Below the threshold of the step the result goes to a person.'),
      next: z
        .enum(['piled', 'chained'])
        .optional()
        .describe(
          'People: begin the next task of the same step (piled), or of the same run (chained), with that.',
        ),
    }),
    output: view.taskReceipt.extend({
      next: view.task.nullable().describe('What was begun with that; null is nothing.'),
    }),
  },
  'task.fail': {
    summary: 'Ends a held task without a result; what follows is what its step says about failures.',
    permission: 'tasks.work',
    input: z.strictObject({
      ...held,
      code: z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,63}$/, 'A code is a word in lower case, such as `file_unreadable`.'),
      message: value.text(20_000),
      retryable: z.boolean().default(true),
      usage: value.usage.optional(),
    }),
    output: view.taskReceipt,
  },
  'task.release': {
    summary: 'Gives a held task back, for somebody else to do.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, reason: value.reason.optional() }),
    output: view.taskReceipt,
  },
  'task.decline': {
    summary:
      'Says no to a task that is offered to the caller or reserved for them; it goes to somebody else.',
    permission: 'tasks.work',
    input: z.strictObject({ ...byId, reason: value.reason.optional() }),
    output: view.taskReceipt,
  },
  'task.skip': {
    summary: 'Leaves out a task whose step says that it may be skipped. People only.',
    permission: 'tasks.work',
    input: z.strictObject({ ...byId, reason: value.reason.optional() }),
    output: view.taskReceipt,
  },
  'task.activate': {
    summary: 'Lets a task be given out that waits for it. Administrators.',
    permission: 'tasks.work',
    input: z.strictObject(held),
    output: view.taskReceipt,
  },
  'task.nominate': {
    summary:
      'Says who may do a task that nobody could do: one person has it reserved, several or a group have it offered. Administrators.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, to: z.array(value.party).min(1).max(50) }),
    output: view.taskReceipt,
  },
  'task.stop': {
    summary: 'Stops work on a task; whoever has it keeps it, to begin again.',
    permission: 'tasks.work',
    input: z.strictObject(held),
    output: view.taskReceipt,
  },
  'task.suspend': {
    summary: 'Puts a task aside, until it is resumed or a time has come.',
    permission: 'tasks.work',
    input: z
      .strictObject({
        ...held,
        until: value.time.optional(),
        seconds: z
          .number()
          .positive()
          .max(3650 * 86_400)
          .optional(),
        reason: value.reason.optional(),
      })
      .refine(
        (given) => given.until === undefined || given.seconds === undefined,
        'Say until or seconds, not both.',
      ),
    output: view.taskReceipt,
  },
  'task.resume': {
    summary: 'Takes a task up again that was put aside: it is as it was before.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, ...lease }),
    output: view.taskReceipt,
  },
  'task.delegate': {
    summary:
      'Passes a task on to one participant, who has it then. Who passed it on, and for whom, is recorded.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, to: value.id, ...passing }),
    output: view.taskReceipt,
  },
  'task.forward': {
    summary: 'Gives a task away: whoever passes it on may not do it any more, those it goes to may.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, to: value.party, ...passing }),
    output: view.taskReceipt,
  },
  'task.exit': {
    summary: 'Ends a task for good; what follows is what its step says about failures. Administrators.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, reason: value.reason.optional() }),
    output: view.taskReceipt,
  },
  'task.comment': {
    summary: 'Says something about a task, and to whom.',
    permission: 'tasks.work',
    input: z.strictObject({
      ...byId,
      text: value.text(10_000),
      mentions: z.array(value.party).max(20).default([]),
    }),
    output: view.taskReceipt,
  },
  'task.attach': {
    summary: 'Attaches an artifact to a task under a name, in place of what had that name.',
    permission: 'tasks.work',
    input: z.strictObject({ ...byId, name: value.label, sha256: value.sha256 }),
    output: view.taskReceipt,
  },
  'task.detach': {
    summary: 'Takes an attachment off a task. The artifact stays.',
    permission: 'tasks.work',
    input: z.strictObject({ ...byId, name: value.label }),
    output: view.taskReceipt,
  },
  'task.draft': {
    summary: 'Keeps what the holder of a task has written so far. It is not checked.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, draft: value.json }),
    output: view.taskReceipt,
  },
  'task.set': {
    summary: 'Changes how urgent a task is, and until when it is to be done.',
    permission: 'tasks.work',
    input: z.strictObject({
      ...byId,
      priority: z.int().min(1).max(10).optional(),
      deadline: value.time.nullable().optional(),
    }),
    output: view.taskReceipt,
  },
  'task.request_help': {
    summary: 'Asks somebody for their part in a task.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, from: value.party, text: value.text(10_000) }),
    output: view.taskReceipt,
  },
  'task.help': {
    summary: 'Answers a request for help.',
    permission: 'tasks.work',
    input: z.strictObject({ ...byId, request: z.int().min(1), output: value.json }),
    output: view.taskReceipt,
  },
  'task.predo': {
    summary: 'Does a task before its turn: when that comes, its result is used.',
    permission: 'tasks.work',
    input: z.strictObject({ ...byId, output: value.json.default(null) }),
    output: view.taskReceipt,
  },
  'task.redo': {
    summary: 'Has completed work done again, with all that follows from it. People only.',
    permission: 'tasks.work',
    input: z.strictObject({ ...byId, reason: value.reason.optional() }),
    output: view.runReceipt,
  },
  'task.force_complete': {
    summary: 'Gives the result of a task, whoever has it: what follows begins. Administrators.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, ...handling, output: value.json.default(null) }),
    output: view.taskReceipt,
  },
  'task.force_fail': {
    summary: 'Lets a task have failed, whoever has it: nothing follows from it. Administrators.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, ...handling }),
    output: view.taskReceipt,
  },
  'task.restart': {
    summary:
      'Drops what was done of a task so far; whoever has it begins anew. Its holder, and administrators.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, ...handling }),
    output: view.taskReceipt,
  },
  'task.batch': {
    summary: 'Does the same to many tasks; each succeeds or is refused on its own.',
    permission: 'tasks.work',
    input: z.strictObject({
      act: z.enum([
        'claim',
        'start',
        'stop',
        'complete',
        'fail',
        'release',
        'suspend',
        'resume',
        'delegate',
        'forward',
        'skip',
        'exit',
        'activate',
        'nominate',
        'comment',
        'set',
      ]),
      items: z.array(value.jsonObject).min(1).max(200).describe('The input of each.'),
    }),
    output: z.object({
      results: z.array(
        z.object({
          id: z.string(),
          ok: z.boolean(),
          task: view.task.nullable(),
          refused: z.object({ code: z.string(), message: z.string() }).nullable(),
        }),
      ),
    }),
  },
  'task.visibility': {
    summary: 'Gives who sees tasks in which they have no role, where their step says nothing.',
    permission: 'read',
    input: z.strictObject({}),
    output: sight,
  },
  'task.set_visibility': {
    summary: 'Says who sees tasks in which they have no role, where their step says nothing.',
    permission: 'participants.write',
    input: sight.partial().strict(),
    output: sight,
  },
} as const;
