import { z } from 'zod';
import * as view from './organisation-views.ts';
import * as value from './values.ts';

const content = z.array(value.text(200)).max(100);
const party = z.union([value.label, z.array(value.label).max(20)]);
const step = z
  .strictObject({
    by: z.enum(['agent', 'human']),
    from: party,
    if: value.text(2000).describe('A condition in which `consumes.KIND` is what it takes of that kind.'),
    timeout: value.label,
    retry: value.jsonObject,
    onFailure: z.union([value.label, value.jsonObject]),
    skippable: z.boolean(),
    confidence: z.number().min(0).max(1),
  })
  .partial();
const document = {
  id: value.name,
  description: z.string().max(20_000).default(''),
  consumes: content.default([]).describe('Kinds of content it takes; `invoice[]` is a list of `invoice`.'),
  produces: content.default([]).describe('Kinds of content it makes.'),
  implies: value.names.default([]).describe('Whoever holds it holds these, and what these imply.'),
  input: value.jsonObject.nullable().default(null).describe('JSON Schema of what goes in; null is anything.'),
  output: value.jsonObject
    .nullable()
    .default(null)
    .describe('JSON Schema of what comes out; null is anything.'),
  step: step
    .nullable()
    .default(null)
    .describe('How a step of a plan that needs it goes, as definitions say it.'),
};

export const capabilities = {
  'capability.list': {
    summary: 'Lists what can be asked for, and how many can do it, by name.',
    permission: 'read',
    input: z.strictObject(value.page),
    output: value.pageOf(view.capability),
  },
  'capability.get': {
    summary: 'Gives a capability; a name that is in no document is one without edges.',
    permission: 'read',
    input: z.strictObject({ id: value.name }),
    output: view.capability.extend({
      impliedBy: z.array(z.string()).describe('Whatever implies it, directly or through others.'),
    }),
  },
  'capability.save': {
    summary: 'Writes the document of a capability.',
    permission: 'capabilities.write',
    input: z.strictObject({
      ...document,
      revision: value.count
        .optional()
        .describe('The one that was read (0: there is none); refused if it is not the newest.'),
    }),
    output: z.object({ capability: view.capability, problems: z.array(view.capabilityProblem) }),
  },
  'capability.check': {
    summary: 'Names everything that is wrong with the document of a capability, without saving it.',
    permission: 'self',
    input: z.strictObject(document),
    output: z.object({ ok: z.boolean(), problems: z.array(view.capabilityProblem) }),
  },
  'capability.delete': {
    summary: 'Deletes the document of a capability that nobody holds.',
    permission: 'capabilities.write',
    input: z.strictObject({ id: value.name }),
    output: z.object({ id: z.string() }),
  },
} as const;
