import { z } from 'zod';
import * as value from './values.ts';

const byId = { id: value.id.describe('Of the request.') };
const held = { ...byId, token: value.token.optional() };

export const TOOL_CLASS_NAMES = ['read_only', 'reversible', 'consequential'] as const;

const answer = z.object({
  request: z.string().nullable().describe('Null where the call is denied.'),
  status: z
    .enum([
      'allowed',
      'granted',
      'waiting',
      'denied',
      'calling',
      'used',
      'rejected',
      'withdrawn',
      'revoked',
      'expired',
    ])
    .describe('`allowed` needs no `tool.use`; `granted` does, once; `waiting` waits for people.'),
  code: z.string().nullable().describe('Why not, for programs.'),
  message: z.string().nullable(),
  reasons: z
    .array(z.string())
    .describe('Why it is denied: codes of policies and of the profile, strictest first.'),
  to: z.array(z.string()).describe('Who may do it instead, where it is left to people (`human_required`).'),
  digest: value.sha256.describe('Of the tool and exactly these arguments.'),
  expiresAt: value.time.nullable(),
  restsOn: z.array(z.string()).describe('Policies as `refunds@3`, a profile, or `grant:ID`.'),
  approvals: z.array(z.string()).describe('Tasks of those who are asked.'),
  result: value.json,
});
export type ToolAnswer = z.infer<typeof answer>;

export const tools = {
  'tool.request': {
    summary:
      'Asks whether a tool may be called, with exactly these arguments. The same key is the same request.',
    permission: 'tasks.work',
    input: z.strictObject({
      id: value.id.describe('The task that the caller holds.'),
      token: value.token.optional(),
      call: value.text(200).describe('The same for each repetition of the call, and for no other call.'),
      tool: value.text(200),
      class: z
        .enum(TOOL_CLASS_NAMES)
        .optional()
        .describe(
          'What the caller takes it for; it never counts for less than the profile says. Left out, it is what the profile says, and `consequential` where that does not name the tool.',
        ),
      arguments: value.json.default({}),
    }),
    output: answer,
  },
  'tool.get': {
    summary: 'Gives a request; waits for a decision on it where asked.',
    permission: 'tasks.work',
    input: z.strictObject({
      ...byId,
      waitSeconds: z.number().min(0).max(60).default(0),
    }),
    output: answer,
  },
  'tool.use': {
    summary: 'Takes the grant, before the call is made: it is for one call, and is never given twice.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, digest: value.sha256.describe('Of what is about to be called.') }),
    output: answer,
  },
  'tool.done': {
    summary: 'Says what the call came to.',
    permission: 'tasks.work',
    input: z.strictObject({ ...held, result: value.json.default(null) }),
    output: answer,
  },
  'tool.failed': {
    summary: 'Says that the call failed, and whether it can have had an effect.',
    permission: 'tasks.work',
    input: z.strictObject({
      ...held,
      code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'A code is a word in lower case.'),
      message: value.text(20_000),
      effect: z
        .enum(['none', 'unknown'])
        .default('unknown')
        .describe('`none`: nothing was done, and the grant can be used. `unknown`: it stays used.'),
    }),
    output: answer,
  },
} as const;
