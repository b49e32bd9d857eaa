import { z } from 'zod';
import * as value from './values.ts';
import * as view from './views.ts';

const share = z.number().min(0).max(1);
const party = value.text(200);

export const routing = {
  'routing.explain': {
    summary:
      'Says who would get such work now, why each of the others would not, and what would change that. Nothing is given out.',
    permission: 'read',
    input: z.strictObject({
      requires: value.names.default([]).describe('Capabilities.'),
      level: share.default(0).describe('The least level of each.'),
      by: view.participantKind.nullable().default(null).describe('Null: an agent or a human.'),
      from: z
        .array(party)
        .max(200)
        .default([])
        .describe('`role:`, `group:`, `post:`, `manager_of:`, `system:` or a passport; empty is anybody.'),
      excluded: z.array(value.id).max(200).default([]),
      separateFrom: z
        .array(value.id)
        .max(200)
        .default([])
        .describe('Passports of who did what it is to be separate from.'),
      safety: view.safety.default('read_only'),
      tools: z.array(value.label).max(200).default([]).describe('Tools that are needed.'),
      facts: value.jsonObject
        .default({})
        .describe('What constraints of claims are about: the input of the task.'),
      strategy: view.strategy
        .optional()
        .describe('As for a step: `offer` where people may do it, else `best_fit`.'),
      when: z.enum(['early', 'enabled', 'late']).default('enabled'),
      load: z.int().min(1).nullable().default(null),
      retained: value.id.nullable().default(null).describe('Whom `retain` and `case` mean.'),
      fallback: view.push.nullable().default(null),
      preferred: value.id.nullable().default(null),
      step: value.id.optional().describe('`definition/phase.step`, by which turns are counted.'),
      seed: value.label.default('explain').describe('What `random` draws with.'),
    }),
    output: z.object({
      explanation: view.explanation,
      missing: z.string().nullable().describe('What is missing where nobody at all could do it, in words.'),
    }),
  },
} as const;
