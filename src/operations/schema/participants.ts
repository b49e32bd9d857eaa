import { z } from 'zod';
import * as view from './organisation-views.ts';
import * as value from './values.ts';
import { participantKind, passportStatus, safety } from './views.ts';

/** `me` is the caller. */
const whom = value.id.describe('Id of the participant; `me` is the caller.');
const byId = { id: whom };
const reasoned = { ...byId, reason: value.reason.optional() };

const publicKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, 'An Ed25519 public key is the Base64 of 32 bytes.');
const tool = value.text(200);
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-4]):[0-5]\d$/, 'A time is HH:MM, from 00:00 to 24:00.');
export const workingHours = z.strictObject({
  zone: value.text(100).describe('IANA name, such as Europe/Berlin.'),
  weekly: z
    .array(
      z.strictObject({
        days: z.array(z.int().min(1).max(7)).min(1).max(7).describe('1 Monday to 7 Sunday.'),
        from: timeOfDay,
        to: timeOfDay.describe('At or before `from`: on the next day.'),
      }),
    )
    .max(50),
  holidays: z.array(z.iso.date()).max(1000).default([]),
});
const costRate = z.strictObject({
  amount: z.number().min(0).max(1e9),
  currency: value.currency,
  per: z.enum(['hour', 'task']),
});

const terms = {
  level: z.number().min(0).max(1),
  evidence: z
    .array(value.text(2000))
    .max(100)
    .describe('What it rests on: addresses of artifacts, entries, documents.'),
  constraints: value.constraints.describe('What a task has to be like for the claim to hold.'),
  expiresAt: value.time.nullable(),
};

const changeable = {
  name: value.label,
  owner: value.passportId.nullable().describe('The human who answers for an agent or a system.'),
  roles: value.names,
  groups: value.names,
  posts: value.names,
  manager: value.passportId.nullable().describe('Whom it reports to.'),
  capabilities: value.names.describe('Granted in full. Those that are held already stay as they are.'),
  tools: z
    .array(tool)
    .max(500)
    .nullable()
    .describe('Tools it may use, by name or by the beginning of the name and a `*`; null is any.'),
  safety: safety.describe('The highest tier it may work in.'),
  capacity: z.int().min(1).max(10_000),
  workingHours: workingHours.nullable().describe('Null is always.'),
  costRate: costRate.nullable(),
  publicKey: publicKey.nullable(),
};

const onClaim = {
  participant: whom,
  capability: value.name,
  ...z.object(terms).partial().shape,
};

export const participants = {
  'participant.register': {
    summary: 'Registers a participant: a human, an agent or a system.',
    permission: 'participants.write',
    input: z.strictObject({
      id: value.passportId.optional().describe('Made by the server, if left out.'),
      kind: participantKind,
      ...changeable,
      owner: changeable.owner.default(null),
      roles: changeable.roles.default([]),
      groups: changeable.groups.default([]),
      posts: changeable.posts.default([]),
      manager: changeable.manager.default(null),
      capabilities: changeable.capabilities.default([]),
      claims: z
        .array(z.strictObject({ capability: value.name, ...z.object(terms).partial().shape }))
        .max(200)
        .default([])
        .describe('Granted as they stand here, beside `capabilities`.'),
      tools: changeable.tools.default(null),
      safety: changeable.safety.default('irreversible'),
      capacity: changeable.capacity
        .optional()
        .describe('Most tasks held at once: 1 by default, of a human 20.'),
      workingHours: changeable.workingHours.default(null),
      costRate: changeable.costRate.default(null),
      publicKey: changeable.publicKey.default(null),
    }),
    output: view.passport,
  },
  'participant.list': {
    summary: 'Lists participants by id.',
    permission: 'read',
    input: z.strictObject({
      ...value.page,
      kind: participantKind.optional(),
      role: value.label.optional(),
      group: value.label.optional(),
      post: value.label.optional(),
      capability: value.label
        .optional()
        .describe('Who hold it by a claim that counts now, on it or on what implies it.'),
      status: passportStatus.optional(),
      owner: value.id.optional(),
      manager: value.id.optional(),
    }),
    output: value.pageOf(view.passport),
  },
  'participant.get': {
    summary: 'Gives a participant.',
    permission: 'read',
    input: z.strictObject(byId),
    output: view.passport,
  },
  'participant.update': {
    summary: 'Changes a participant; with `status`, suspends, revokes or readmits it.',
    permission: 'participants.write',
    input: z.strictObject({
      ...byId,
      ...z.object({ ...changeable, status: passportStatus }).partial().shape,
    }),
    output: view.passport,
  },
  'participant.suspend': {
    summary: 'Keeps a participant from acting for the time being, and with a human its agents and systems.',
    permission: 'participants.write',
    input: z.strictObject(reasoned),
    output: view.passport,
  },
  'participant.unsuspend': {
    summary: 'Lets a suspended participant act again.',
    permission: 'participants.write',
    input: z.strictObject(reasoned),
    output: view.passport,
  },
  'participant.revoke': {
    summary: 'Keeps a participant from acting, for good.',
    permission: 'participants.write',
    input: z.strictObject(reasoned),
    output: view.passport,
  },
  'participant.set_availability': {
    summary:
      'Says whether somebody is available, busy or away, and who stands in: for oneself, or by an administrator.',
    permission: 'self',
    input: z.strictObject({
      ...byId,
      status: z.enum(['available', 'busy', 'away']),
      substitute: value.passportId.nullable().default(null).describe('Who stands in while it is away.'),
      until: value.time.nullable().default(null).describe('When it is available again by itself.'),
    }),
    output: view.passport,
  },
  'participant.heartbeat': {
    summary: 'Gives a sign of life. Taking and holding tasks does so as well.',
    permission: 'self',
    input: z.strictObject({}),
    output: z.object({ present: z.boolean(), until: value.time.describe('How long it counts as present.') }),
  },
  'participant.me': {
    summary: 'Gives the participant that the token belongs to, and what it may do.',
    permission: 'self',
    input: z.strictObject({}),
    output: view.passport.extend({ permissions: z.array(z.string()) }),
  },
  'participant.register_key': {
    summary:
      'Registers the public key of a participant, which is to be proved then: for oneself, or by an administrator.',
    permission: 'self',
    input: z.strictObject({ ...byId, publicKey }),
    output: view.passport,
  },
  'participant.generate_key': {
    summary: 'Makes a new key pair. The private key is in this answer and nowhere else.',
    permission: 'self',
    input: z.strictObject(byId),
    output: z.object({
      publicKey: z.string(),
      privateKey: z
        .string()
        .nullable()
        .describe(
          'Ed25519, Base64 of PKCS #8. Null in the repetition of a request whose key has been forgotten.',
        ),
      participant: view.passport,
    }),
  },
  'participant.challenge': {
    summary: 'Gives what the holder of a key has to sign to prove that it is theirs.',
    permission: 'self',
    input: z.strictObject(byId),
    output: z.object({
      nonce: z.string().describe('Good once, for five minutes.'),
      message: z.string().describe('What is to be signed, as UTF-8.'),
      expiresAt: value.time,
    }),
  },
  'participant.prove': {
    summary: 'Proves, by the signed challenge, that the holder has the private key.',
    permission: 'self',
    input: z.strictObject({
      ...byId,
      nonce: value.text(200),
      signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/, 'An Ed25519 signature is the Base64 of 64 bytes.'),
    }),
    output: view.passport,
  },
} as const;

export const claims = {
  'claim.declare': {
    summary: 'Says what the caller can do. It counts once somebody grants it.',
    permission: 'self',
    input: z.strictObject(onClaim),
    output: view.passport,
  },
  'claim.grant': {
    summary: 'Grants a capability to a participant.',
    permission: 'claims.write',
    input: z.strictObject(onClaim),
    output: view.passport,
  },
  'claim.verify': {
    summary: 'Confirms a claim on evidence. Not for oneself, nor for what one owns.',
    permission: 'claims.write',
    input: z.strictObject(onClaim),
    output: view.passport,
  },
  'claim.revoke': {
    summary: 'Takes a claim back: whoever may grant it, the participant, or the human who answers for it.',
    permission: 'self',
    input: z.strictObject({ participant: whom, capability: value.name, reason: value.reason.optional() }),
    output: view.passport,
  },
} as const;
