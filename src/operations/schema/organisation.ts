import { z } from 'zod';
import { capabilities } from './capabilities.ts';
import { delegations } from './delegations.ts';
import * as view from './organisation-views.ts';
import { claims, participants, workingHours } from './participants.ts';
import * as value from './values.ts';

const byId = { id: value.id };

export const organisation = {
  ...participants,
  ...claims,
  ...capabilities,
  ...delegations,
  'token.issue': {
    summary: 'Issues a token for a participant. Its secret is in this answer and nowhere else.',
    permission: 'tokens.write',
    input: z.strictObject({ passport: value.id, label: value.label.default('token') }),
    output: z.object({
      token: view.tokenRecord,
      secret: z
        .string()
        .nullable()
        .describe('Null in the repetition of a request whose secret has been forgotten.'),
    }),
  },
  'token.list': {
    summary: 'Lists tokens, without their secrets.',
    permission: 'tokens.write',
    input: z.strictObject(value.page),
    output: value.pageOf(view.tokenRecord),
  },
  'token.revoke': {
    summary: 'Makes a token worthless.',
    permission: 'tokens.write',
    input: z.strictObject(byId),
    output: view.tokenRecord,
  },
  'organisation.get_calendar': {
    summary: 'Gives when the organisation works, which is the time of whoever has no hours of their own.',
    permission: 'read',
    input: z.strictObject({}),
    output: workingHours,
  },
  'organisation.set_calendar': {
    summary: 'Says when the organisation works. What is due already stays due when it was.',
    permission: 'participants.write',
    input: workingHours,
    output: workingHours,
  },
  'health.get': {
    summary: 'Says whether the server is ready, and what it is.',
    permission: 'self',
    input: z.strictObject({}),
    output: z.object({
      ready: z.boolean(),
      version: z.string(),
      ledger: z.object({ origin: z.string(), entries: value.count, inTree: value.count }),
      runs: z.record(z.string(), value.count).describe('By status.'),
      backlog: value.count.describe(
        'Tasks of agents and systems that nobody has taken yet, those of paused runs not counted: nobody could begin with them.',
      ),
    }),
  },
} as const;
