import { z } from 'zod';
import type { TaskPrivilege, TaskRole } from '../../definition/task-rules.ts';
import { json, sha256, time } from './values.ts';

/** What somebody may do with a task, and what they are to it: as `definition/task-rules.ts` has them. */
export const taskPrivilege = z.enum([
  'view',
  'activate',
  'nominate',
  'claim',
  'start',
  'stop',
  'progress',
  'heartbeat',
  'complete',
  'fail',
  'release',
  'decline',
  'suspend',
  'resume',
  'delegate',
  'forward',
  'skip',
  'exit',
  'decide',
  'comment',
  'attach',
  'detach',
  'draft',
  'set',
  'request_help',
  'predo',
  'redo',
  'force_complete',
  'force_fail',
  'restart',
  'pile',
  'chain',
] satisfies readonly TaskPrivilege[]);
export const taskRole = z.enum([
  'potential_owner',
  'actual_owner',
  'excluded_owner',
  'initiator',
  'stakeholder',
  'business_administrator',
] satisfies readonly TaskRole[]);

const words = z.array(z.string()).readonly();
export const taskRules = z.object({
  stakeholders: words,
  administrators: words,
  privileges: z.record(z.string(), z.object({ grant: words, withdraw: words })),
  delegates: z.enum(['potential_owners', 'anybody', 'nobody']),
  commence: z.enum(['creation', 'allocation']).nullable(),
  help: z.enum(['all', 'any', 'none']),
  activation: z.enum(['manual']).nullable(),
  visibility: z.object({
    unallocated: z.enum(['everyone', 'candidates']).nullable(),
    allocated: z.enum(['everyone', 'holder']).nullable(),
  }),
});
export const taskNotes = z.object({
  comments: z.array(z.object({ id: z.int(), by: z.string(), at: time, text: z.string(), mentions: words })),
  attachments: z.array(
    z.object({ name: z.string(), sha256, mediaType: z.string(), by: z.string(), at: time }),
  ),
  draft: json.describe(
    'What its holder has written so far, unchecked; or `{ "$artifact": … }` where that is large.',
  ),
});
export const helpRequest = z.object({
  id: z.int(),
  from: z.string().describe('The party that was asked.'),
  text: z.string(),
  at: time,
  answer: z.object({ by: z.string(), at: time, output: json }).nullable(),
});
