import { z } from 'zod';
import * as value from './values.ts';
import * as view from './views.ts';

const byId = { id: value.id };
const eventPattern = z
  .string()
  .regex(
    /^(?:\*|[a-z][a-z_]{0,63}\.(?:\*|[a-z][a-z_]{0,63}))$/,
    'An event is named as `run.completed`, all of an area as `task.*`, all there are as `*`.',
  );
const filter = z.strictObject({
  runs: z.array(value.id).max(100).default([]).describe('Only these runs.'),
  definitions: z.array(value.definitionId).max(100).default([]).describe('Only runs of these definitions.'),
  layers: z.array(view.layer).max(3).default([]),
});
const changeable = {
  url: z
    .string()
    .min(1)
    .max(2000)
    .describe(
      'Where events are sent to: `https://…`, at an address that is public or that the server allows.',
    ),
  events: z.array(eventPattern).min(1).max(100),
  description: z.string().max(2000).nullable(),
  owner: value.passportId.describe('The human who answers for what is sent.'),
};
const webhook = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string().nullable(),
  owner: z.string(),
  events: z.array(z.string()),
  filter,
  enabled: z.boolean(),
  disabledReason: z.string().nullable().describe('Why it was switched off, where nobody asked for that.'),
  createdAt: value.time,
  updatedAt: value.time,
});
const withSecret = z.object({
  webhook,
  secret: z
    .string()
    .nullable()
    .describe(
      '`whsec_…`, in this answer and nowhere else; null in a repetition whose secret has been forgotten.',
    ),
});
const delivery = z.object({
  id: z.string(),
  channel: z.string().describe('Id of a webhook, or `mail`.'),
  type: z.string().describe('Of the event.'),
  position: value.count.describe('Of the event in the ledger.'),
  to: z.string().nullable().describe('The participant a mail is for.'),
  status: z.enum(['waiting', 'delivered', 'dead', 'dropped']),
  attempts: value.count,
  error: z.string().nullable().describe('Of the last attempt that failed.'),
  since: value.time,
  due: value.time.nullable().describe('The next attempt.'),
  endedAt: value.time.nullable(),
});
const contact = z.object({
  participant: z.string(),
  email: z.string().nullable(),
  updatedAt: value.time.nullable().describe('Null: nobody has said where they are reached.'),
});

export const channels = {
  'webhook.create': {
    summary:
      'Sends events from now on, signed by the Standard Webhooks convention. The secret is in this answer and nowhere else.',
    permission: 'channels.operate',
    input: z.strictObject({
      ...changeable,
      description: changeable.description.default(null),
      owner: changeable.owner
        .optional()
        .describe('The human who answers for what is sent; the caller, if left out.'),
      filter: filter.prefault({}),
    }),
    output: withSecret,
  },
  'webhook.list': {
    summary: 'Lists webhooks, without their secrets.',
    permission: 'channels.operate',
    input: z.strictObject(value.page),
    output: value.pageOf(webhook),
  },
  'webhook.get': {
    summary: 'Gives a webhook.',
    permission: 'channels.operate',
    input: z.strictObject(byId),
    output: webhook,
  },
  'webhook.update': {
    summary: 'Changes a webhook. Enabled again, it goes on with the events since it was switched off.',
    permission: 'channels.operate',
    input: z.strictObject({
      ...byId,
      ...z.object({ ...changeable, filter, enabled: z.boolean() }).partial().shape,
    }),
    output: webhook,
  },
  'webhook.delete': {
    summary: 'Ends a webhook for ever; what was not delivered is not sent any more.',
    permission: 'channels.operate',
    input: z.strictObject(byId),
    output: webhook,
  },
  'webhook.rotate_secret': {
    summary:
      'Makes a new secret. For a while both sign, so that receivers can be changed one after the other.',
    permission: 'channels.operate',
    input: z.strictObject({
      ...byId,
      overlapSeconds: z
        .int()
        .min(0)
        .max(604_800)
        .default(86_400)
        .describe('How long the old secret signs as well.'),
    }),
    output: withSecret,
  },
  'webhook.test': {
    summary: 'Sends `webhook.test` once, and says what was answered.',
    permission: 'channels.operate',
    input: z.strictObject(byId),
    output: z.object({
      status: z.int().nullable().describe('The HTTP status; null: there was no answer.'),
      error: z.string().nullable(),
    }),
  },
  'channel.list': {
    summary: 'Says of every webhook, and of mail, how it is doing.',
    permission: 'channels.operate',
    input: z.strictObject({}),
    output: z.object({
      rows: z.array(
        z.object({
          id: z.string(),
          kind: z.enum(['webhook', 'mail']),
          enabled: z.boolean(),
          waiting: value.count.describe('Deliveries that wait for their next attempt.'),
          behind: value.count.describe('Events that it has not looked at yet.'),
          delivered: value.count,
          failed: value.count.describe('Attempts that failed.'),
          dead: value.count.describe('Deliveries that were given up.'),
          failingSince: value.time.nullable(),
          lastError: z.string().nullable(),
        }),
      ),
    }),
  },
  'channel.deliveries': {
    summary:
      'Lists deliveries: what waits and what ended last, the newest events first; or all that were given up.',
    permission: 'channels.operate',
    input: z.strictObject({
      ...value.page,
      channel: value.id.optional().describe('Id of a webhook, or `mail`.'),
      dead: z.boolean().default(false).describe('Those that were given up, by id.'),
    }),
    output: value.pageOf(delivery),
  },
  'channel.redeliver': {
    summary: 'Sends an event once more to whom it was for, under the id it had.',
    permission: 'channels.operate',
    input: z.strictObject(byId),
    output: z.object({ id: z.string() }),
  },
  'contact.get': {
    summary: 'Says where a participant is reached: oneself, or anybody for whoever registers participants.',
    permission: 'self',
    input: z.strictObject(byId),
    output: contact,
  },
  'contact.set': {
    summary:
      'Says where a participant is reached. Mails ask for decisions and hold links that stand for the person.',
    permission: 'self',
    input: z.strictObject({
      ...byId,
      email: z.email().max(254).nullable().describe('Null: by no mail.'),
    }),
    output: contact,
  },
} as const;
