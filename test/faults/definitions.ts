import type { JsonObject } from '../../src/definition/index.ts';
import { randomDefinition } from '../simulation/definitions.ts';
import type { Random } from '../simulation/random.ts';

/** Read invoices side by side, sum up, have it signed off, wait a moment, book. */
export const INVOICES: JsonObject = {
  id: 'invoices',
  limits: { concurrency: 5, tasks: 100 },
  phases: [
    {
      id: 'extract',
      steps: [
        {
          id: 'invoice',
          forEach: '${ input.invoices }',
          task: { requires: ['work'], by: 'agent', input: { file: '${ item }' } },
          retry: { attempts: 3, backoff: 'exponential', delay: '200ms' },
          timeout: '20s',
          onFailure: { then: 'another_participant', finally: 'escalate', to: 'role:clerk' },
        },
      ],
    },
    {
      id: 'analyse',
      needs: ['extract'],
      steps: [
        { id: 'summary', task: { requires: ['work'], by: 'agent', input: { of: '${ input.invoices }' } } },
      ],
    },
    {
      id: 'sign',
      needs: ['analyse'],
      steps: [
        {
          id: 'approve',
          approval: {
            subject: { summary: '${ phases.analyse.summary.output }' },
            from: 'role:manager',
            quorum: 2,
            within: '15s',
            escalate: ['role:clerk'],
            onReject: { redo: 'analyse', max: 2 },
          },
        },
      ],
    },
    { id: 'rest', needs: ['sign'], steps: [{ id: 'wait', wait: { for: '1s' } }] },
    {
      id: 'book',
      needs: ['rest'],
      steps: [
        {
          id: 'journal',
          record: { system: 'erp', operation: 'post', input: { at: 1 }, verify: true },
          retry: { attempts: 3, backoff: 'fixed', delay: '500ms' },
          onFailure: { finally: 'escalate', to: 'role:clerk' },
        },
      ],
    },
  ],
};

/** As many tasks side by side as the input names, in child runs. */
export const BATCH: JsonObject = {
  id: 'batch',
  phases: [
    {
      id: 'p',
      steps: [
        {
          id: 'child',
          forEach: '${ input.items }',
          workflow: { definition: 'pair', input: '${ input }' },
          onFailure: 'skip',
        },
      ],
    },
  ],
};

const WORK = { task: { requires: ['work'], by: 'agent' } };
/** Two tasks, one after the other. */
export const PAIR: JsonObject = {
  id: 'pair',
  phases: [
    { id: 'p', steps: [{ id: 'a', ...WORK }] },
    { id: 'q', needs: ['p'], steps: [{ id: 'b', ...WORK }] },
  ],
};

/** Those of the simulation, whose clock runs as it likes, so often as fast. */
const FASTER = 30;

export const hastyDefinition = (random: Random, id: string, child: string | null): JsonObject =>
  JSON.parse(
    JSON.stringify(randomDefinition(random, id, child)).replaceAll(
      /"(\d+)([sm])"/g,
      (_match, count: string, unit: string) =>
        `"${Math.ceil((Number(count) * (unit === 's' ? 1000 : 60_000)) / FASTER)}ms"`,
    ),
  ) as JsonObject;
