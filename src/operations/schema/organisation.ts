import { z } from 'zod';
import * as value from './values.ts';
import * as view from './views.ts';

const byId = { id: value.id };
const changeable = {
  name: value.label,
  owner: value.passportId.nullable().describe('The human who answers for an agent or a system.'),
  roles: value.names,
  groups: value.names,
  capabilities: value.names,
  capacity: z.int().min(1).max(10_000),
  publicKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, 'An Ed25519 public key is the Base64 of 32 bytes.')
    .nullable(),
};

export const organisation = {
  'participant.register': {
    summary: 'Registers a participant: a human, an agent or a system.',
    permission: 'participants.write',
    input: z.strictObject({
      id: value.passportId.optional().describe('Made by the server, if left out.'),
      kind: view.participantKind,
      ...changeable,
      owner: changeable.owner.default(null),
      roles: changeable.roles.default([]),
      groups: changeable.groups.default([]),
      capabilities: changeable.capabilities.default([]),
      capacity: changeable.capacity.default(1),
      publicKey: changeable.publicKey.default(null),
    }),
    output: view.passport,
  },
  'participant.list': {
    summary: 'Lists participants by id.',
    permission: 'read',
    input: z.strictObject({
      ...value.page,
      kind: view.participantKind.optional(),
      role: value.label.optional(),
      capability: value.label.optional(),
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
      ...z.object({ ...changeable, status: view.passportStatus }).partial().shape,
    }),
    output: view.passport,
  },
  'participant.me': {
    summary: 'Gives the participant that the token belongs to, and what it may do.',
    permission: 'self',
    input: z.strictObject({}),
    output: view.passport.extend({ permissions: z.array(z.string()) }),
  },
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
  'capability.list': {
    summary: 'Lists what participants can do, and how many can.',
    permission: 'read',
    input: z.strictObject({}),
    output: z.object({
      rows: z.array(
        z.object({
          id: z.string(),
          participants: value.count,
          available: value.count.describe('Of those, who may act now.'),
        }),
      ),
    }),
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
      backlog: value.count.describe('Tasks of agents and systems that nobody has taken yet.'),
    }),
  },
} as const;
