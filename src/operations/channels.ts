import type { Channels, Contact, Delivery, Subscription } from '../channels/index.ts';
import { accountableFor } from '../routing/index.ts';
import { unknownParticipant } from '../runtime/index.ts';
import { pageOf, plainWrite, write, type Context, type Idempotency, type Read } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import { asSelfOr, notYours, whom } from './participants.ts';
import { asGranted } from './permissions.ts';
import { remember, remembering } from './repetition.ts';
import type { OutputOf } from './schema/index.ts';

/**
 * How the world outside is told.
 *
 * CHOP-1  A secret is told once, to whoever had it made; it is neither recorded with the request nor shown again.
 */
type WebhookView = OutputOf<'webhook.get'>;

const OFF = no('channels_off', 'This server sends nothing: it has no channels.');

const withChannels = async <Value>(
  { channels }: Context,
  act: (channels: Channels) => Promise<Value | Refused>,
): Promise<Value | Refused> => (channels ? act(channels) : OFF);

const webhookView = (subscription: Subscription): WebhookView => {
  const { id, url, description, owner, events, filter, enabled, disabledReason, ...rest } = subscription;
  const { createdAt, updatedAt } = rest;
  const { runs, definitions, layers } = filter;
  const copied = { runs: [...runs], definitions: [...definitions], layers: [...layers] };
  const view = { id, url, description, owner, events: [...events], filter: copied };
  return { ...view, enabled, disabledReason, createdAt, updatedAt };
};

const unknown = (id: string): Refused => no('webhook_unknown', `There is no webhook ${id}.`);

/** Whoever answers for what is sent is a person. */
const ownerProblem = ({ runtime }: Context, owner: string | null | undefined): Refused | null =>
  owner === undefined || (owner !== null && runtime.organisation.passport(owner)?.kind === 'human')
    ? null
    : no('owner_required', 'A webhook needs an owner: the id of a human who answers for what is sent.');

const keptView = (idempotency: Idempotency | undefined) => remembering(idempotency, webhookView);
const keptWithoutSecret = (idempotency: Idempotency | undefined) =>
  remembering(idempotency, ({ subscription }: { readonly subscription: Subscription }) => ({
    webhook: webhookView(subscription),
    secret: null,
  }));

/** Only what was given. */
const given = <Changes extends object>(changes: Changes) =>
  Object.fromEntries(Object.entries(changes).filter(([, one]) => one !== undefined)) as {
    [Name in keyof Changes]: Exclude<Changes[Name], undefined>;
  };

// --- webhooks -------------------------------------------------------------------------------------------------------

export const createWebhook = plainWrite('webhook.create', {
  unrecorded: true,
  act: (context, { input, caller, idempotency }) =>
    withChannels(context, async ({ subscriptions }) => {
      const owner = input.owner ?? accountableFor(caller);
      const refused = ownerProblem(context, owner);
      if (refused || owner === null) return refused ?? unknown('');
      const by = asGranted(caller, 'channels.operate');
      const made = await subscriptions.create({ ...input, owner }, by, keptWithoutSecret(idempotency));
      if (!made.ok) return made;
      return done({ webhook: webhookView(made.value.subscription), secret: made.value.secret });
    }),
});

export const listWebhooks: Read<'webhook.list'> = (context, { input: { limit, cursor } }) =>
  withChannels(context, async ({ subscriptions }) => {
    const rows = subscriptions.all().filter(({ id }) => cursor === undefined || id > cursor);
    const page = rows.slice(0, limit);
    const next = rows.length > limit ? (page.at(-1)?.id ?? null) : null;
    return done({ rows: page.map(webhookView), next });
  });

export const getWebhook: Read<'webhook.get'> = (context, { input: { id } }) =>
  withChannels(context, async ({ subscriptions }) => {
    const found = await subscriptions.find(id);
    return found ? done(webhookView(found)) : unknown(id);
  });

export const updateWebhook = plainWrite('webhook.update', {
  act: (context, { input: { id, ...changes }, caller, idempotency }) =>
    withChannels(context, async ({ subscriptions }) => {
      const refused = ownerProblem(context, changes.owner);
      if (refused) return refused;
      const by = asGranted(caller, 'channels.operate');
      const changed = await subscriptions.change(id, given(changes), by, keptView(idempotency));
      return changed.ok ? done(webhookView(changed.value)) : changed;
    }),
});

export const deleteWebhook = plainWrite('webhook.delete', {
  act: (context, { input: { id }, caller, idempotency }) =>
    withChannels(context, async ({ subscriptions }) => {
      const by = asGranted(caller, 'channels.operate');
      const deleted = await subscriptions.delete(id, by, keptView(idempotency));
      return deleted.ok ? done(webhookView(deleted.value)) : deleted;
    }),
});

export const rotateSecret = plainWrite('webhook.rotate_secret', {
  unrecorded: true,
  act: (context, { input: { id, overlapSeconds }, caller, idempotency }) =>
    withChannels(context, async ({ subscriptions }) => {
      const by = asGranted(caller, 'channels.operate');
      const kept = keptWithoutSecret(idempotency);
      const rotated = await subscriptions.rotate(id, overlapSeconds * 1000, by, kept);
      if (!rotated.ok) return rotated;
      return done({ webhook: webhookView(rotated.value.subscription), secret: rotated.value.secret });
    }),
});

export const testWebhook = plainWrite('webhook.test', {
  unrecorded: true,
  act: (context, { input: { id } }) => withChannels(context, (channels) => channels.test(id)),
});

// --- deliveries -----------------------------------------------------------------------------------------------------

export const listChannels: Read<'channel.list'> = (context) =>
  withChannels(context, async (channels) => done({ rows: await channels.status() }));

const deliveryView = ({ id, channel, type, position, to, status, attempts, ...rest }: Delivery) => {
  const { error, since, due, endedAt } = rest;
  return { id, channel, type, position, to, status, attempts, error, since, due, endedAt };
};

export const listDeliveries: Read<'channel.deliveries'> = (context, { input }) =>
  withChannels(context, async (channels) => {
    const page = pageOf(input);
    const { rows, next } = await (input.dead
      ? channels.deadLetters(input.channel, page)
      : channels.deliveries(input.channel, page));
    return done({ rows: rows.map(deliveryView), next });
  });

export const redeliver = plainWrite('channel.redeliver', {
  act: (context, { input: { id }, caller, idempotency }) =>
    withChannels(context, async (channels) => {
      const by = asGranted(caller, 'channels.operate');
      const asked = await channels.redeliver(id, by, idempotency && remember(idempotency, { id }));
      return asked.ok ? done({ id }) : asked;
    }),
});

// --- where people are reached ---------------------------------------------------------------------------------------

export const getContact: Read<'contact.get'> = (context, { input, caller }) =>
  withChannels(context, async ({ contacts }) => {
    const id = whom(input.id, caller);
    if (!asSelfOr(id, caller, 'participants.write')) return notYours(caller, 'see where it is reached');
    if (!context.runtime.organisation.passport(id)) return unknownParticipant(id);
    const contact = await contacts.get(id);
    return done(contact ? { ...contact } : { participant: id, email: null, updatedAt: null });
  });

export const setContact = write<'contact.set', Contact>('contact.set', {
  act: (context, { input, caller, idempotency }) =>
    withChannels(context, async ({ contacts }) => {
      const id = whom(input.id, caller);
      const by = asSelfOr(id, caller, 'participants.write');
      if (!by) return notYours(caller, 'say where it is reached');
      if (!context.runtime.organisation.passport(id)) return unknownParticipant(id);
      const contact = { participant: id, email: input.email, updatedAt: context.clock.now() };
      return contacts.set(contact, by, idempotency && remember(idempotency, contact));
    }),
  answer: (_, contact) => ({ ...contact }),
});
