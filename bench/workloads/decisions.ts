import type { JsonObject } from '../../src/definition/index.ts';
import { asManager, discard, now, openBed, prepare, start } from '../bed.ts';
import type { Report } from '../report.ts';

const approval: JsonObject = {
  id: 'decisions',
  name: 'A run that waits for a decision',
  phases: [
    {
      id: 'p',
      steps: [
        {
          id: 'approve',
          approval: {
            subject: '${ input }',
            from: 'role:manager',
            deadlines: [{ within: '8h' }],
            reason: 'required',
          },
        },
      ],
    },
  ],
};

const IN_FLIGHT = 100;

/** Does it for each, so many at a time. */
const each = async <Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> => {
  const left = items.values();
  const next = async (): Promise<void> => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, next));
};

/** Decisions one by one on approvals of runs that wait, each durable before it counts. */
export const decisions = async (report: Report, count = 20_000): Promise<void> => {
  const bed = await openBed();
  await prepare(bed, approval);
  const { runtime } = bed;
  const waiting: { run: string; task: string; subject: string }[] = [];
  await each(
    Array.from({ length: count }, (_, amount) => amount),
    async (amount) => {
      const run = await start(bed, 'decisions', { amount });
      const found = await runtime.runs.state(run);
      const task = Object.values(found?.state.tasks ?? {})[0];
      waiting.push({ run, task: task?.id ?? '', subject: task?.approval?.subject ?? '' });
    },
  );
  const lasted: number[] = [];
  const began = now();
  await each(waiting, async ({ run, task, subject }) => {
    const from = now();
    const command = { type: 'task.decide', task, outcome: 'approve', subject, reason: 'as agreed' } as const;
    const decided = await runtime.runs.execute(run, command, asManager);
    if (!decided.ok || decided.value.status !== 'completed') throw new Error(JSON.stringify(decided));
    lasted.push(now() - from);
  });
  report(
    `decisions: ${count} approvals decided, ${IN_FLIGHT} at a time`,
    (count / (now() - began)) * 1000,
    'decisions/s',
  );
  lasted.sort((a, b) => a - b);
  report('decisions: 99 of 100 within', lasted[Math.floor(count * 0.99)] ?? 0, 'ms');
  await bed.close();
  discard(bed);
};
