import { z } from 'zod';
import * as view from './organisation-views.ts';
import * as value from './values.ts';

const byId = { id: value.id };
const reasoned = { ...byId, reason: value.reason.optional() };
const list = z.array(value.text(200)).max(200).nullable();
const scope = z
  .strictObject({
    operations: list.describe('Names of operations, such as `task.complete`.'),
    capabilities: list,
    definitions: list.describe('Ids of definitions.'),
    amount: z
      .strictObject({ amount: z.number().min(0).max(1e12), currency: value.currency })
      .nullable()
      .describe(
        'The most that one act may be worth, by the facts `amount` and `currency` of its task or run.',
      ),
  })
  .partial();
const terms = {
  scope: scope.default({}).describe('What is left out or null is all that the grantor may.'),
  constraints: value.constraints
    .default([])
    .describe(
      'What it has to be about: the input of the task or run, and operation, definition, step, kind, priority.',
    ),
  expiresAt: value.time.nullable().default(null),
};

export const delegations = {
  'delegation.create': {
    summary:
      'Lets another participant act for one, within bounds; where policies ask for an approval, it is proposed first.',
    permission: 'self',
    input: z.strictObject({
      from: value.id
        .default('me')
        .describe('Whose authority it is; the caller, unless an administrator says otherwise.'),
      to: value.id,
      under: value.id.nullable().default(null).describe('A delegation to `from`, to be passed on.'),
      ...terms,
    }),
    output: view.delegation,
  },
  'delegation.list': {
    summary: 'Lists delegations by id; those who may not read everything see their own.',
    permission: 'self',
    input: z.strictObject({
      ...value.page,
      of: value.id.optional().describe('Given by this participant, or to it; `me` is the caller.'),
      from: value.id.optional(),
      to: value.id.optional(),
      awaits: value.id
        .optional()
        .describe(
          'Only those that wait for this participant, whose approval would count now; `me` is the caller.',
        ),
      status: view.delegation.shape.status.optional(),
    }),
    output: value.pageOf(view.delegation),
  },
  'delegation.get': {
    summary: 'Gives a delegation, and whether it holds.',
    permission: 'self',
    input: z.strictObject(byId),
    output: view.delegation,
  },
  'delegation.narrow': {
    summary:
      'Makes a delegation narrower; what is left out stays as it is. What is proposed is asked for anew.',
    permission: 'self',
    input: z.strictObject({ ...byId, ...z.object(terms).shape }),
    output: view.delegation,
  },
  'delegation.approve': {
    summary:
      'Agrees to exactly the delegation whose digest is named. People alone, whom its policies name, and who have no part in it.',
    permission: 'self',
    input: z.strictObject({ ...reasoned, digest: value.sha256 }),
    output: view.delegation,
  },
  'delegation.reject': {
    summary: 'Decides against a delegation that is proposed, and ends it. For those who could approve it.',
    permission: 'self',
    input: z.strictObject(reasoned),
    output: view.delegation,
  },
  'delegation.pause': {
    summary: 'Suspends a delegation, and all that rest on it.',
    permission: 'self',
    input: z.strictObject(reasoned),
    output: view.delegation,
  },
  'delegation.unpause': {
    summary: 'Lets a paused delegation hold again.',
    permission: 'self',
    input: z.strictObject(reasoned),
    output: view.delegation,
  },
  'delegation.revoke': {
    summary:
      'Ends a delegation, and all that rest on it, for good. The one to whom it was given may do so too.',
    permission: 'self',
    input: z.strictObject(reasoned),
    output: view.delegation,
  },
} as const;
