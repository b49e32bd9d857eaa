import { z } from 'zod';
import * as value from './values.ts';
import * as view from './views.ts';

const byId = { id: value.id };
const held = { ...byId, token: value.token.optional() };
const lease = { leaseSeconds: value.leaseSeconds.default(30) };

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
          '`queue`, which takes open tasks only: by priority, then age. It is the order of the inbox.',
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
    }),
    output: view.taskReceipt,
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
  'task.decide': {
    summary: 'Approves or rejects exactly the subject whose digest is named. People only.',
    permission: 'tasks.decide',
    input: z.strictObject({
      ...byId,
      outcome: view.outcome,
      subject: value.sha256.describe('`approval.subject` of the task as it was shown.'),
      reason: value.reason.optional(),
    }),
    output: view.taskReceipt,
  },
} as const;
