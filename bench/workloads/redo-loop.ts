import type { JsonObject } from '../../src/definition/index.ts';
import { agents, asManager, discard, now, openBed, prepare, start } from '../bed.ts';
import type { Report } from '../report.ts';
import { reportLoop } from './fan-out.ts';

const redo = (max: number): JsonObject => ({
  id: 'redo',
  name: 'Work that is sent back',
  limits: { tasks: 1_000_000 },
  phases: [
    { id: 'work', steps: [{ id: 's', task: { requires: ['work'], by: 'agent', input: {} } }] },
    {
      id: 'review',
      needs: ['work'],
      steps: [
        {
          id: 'approve',
          approval: { subject: '${ phases.work.s.output }', from: 'role:manager', onReject: { redo: 'work', max } },
        },
      ],
    },
  ],
});

/** A task and its rejection, again and again in one run: two steps a round. */
export const redoLoop = async (report: Report, rounds = 5000): Promise<void> => {
  const bed = await openBed();
  await prepare(bed, redo(rounds));
  const times: number[] = [];
  const workers = agents(bed, 2, () => times.push(now()));
  const { runtime } = bed;
  let decided = 0;
  const finished = new Promise<void>((resolve) => {
    const leave = runtime.feed.subscribe((entries) => {
      for (const { stream, text } of entries) {
        const created = text.includes('"type":"task.created"') && text.includes('"kind":"approval"');
        if (!created) continue;
        const { payload } = JSON.parse(text) as { payload: { task: string; subject: string } };
        decided += 1;
        const outcome = decided > rounds ? 'approve' : 'reject';
        times.push(now());
        void runtime.runs.execute(stream, { type: 'task.decide', ...payload, outcome }, asManager).then((answer) => {
          if (!answer.ok) throw new Error(answer.rejection.message);
          if (outcome === 'approve') (leave(), resolve());
        });
      }
    });
  });
  await start(bed, 'redo');
  await finished;
  await workers.stop();
  reportLoop(report, 'loop: 10,000 steps by redo in one run', times);
  await bed.close();
  discard(bed);
};
