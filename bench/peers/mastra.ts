import { Mastra } from '@mastra/core/mastra';
import { createStep, createWorkflow } from '@mastra/core/workflows';
import { LibSQLStore } from '@mastra/libsql';
import { join } from 'node:path';
import { z } from 'zod';
import type { Contender, Open } from '../compare/contender.ts';

const schemas = { inputSchema: z.number(), outputSchema: z.number() };

/** A step is a step; snapshots go to LibSQL's own settings, a WAL and synchronous=NORMAL. */
export const open: Open = async ({ folder }, step, concurrency): Promise<Contender> => {
  const workOf = (id: string) =>
    createStep({
      id,
      ...schemas,
      execute: ({ inputData }) => {
        step();
        return Promise.resolve(inputData + 1);
      },
    });
  const sequence = createWorkflow({ id: 'sequence', ...schemas })
    .then(workOf('a'))
    .then(workOf('b'))
    .then(workOf('c'))
    .then(workOf('d'))
    .then(workOf('e'))
    .commit();
  const fanOut = createWorkflow({
    id: 'fanOut',
    inputSchema: z.array(z.number()),
    outputSchema: z.array(z.number()),
  })
    .foreach(workOf('child'), { concurrency })
    .commit();
  const loop = createWorkflow({
    id: 'loop',
    inputSchema: z.object({ at: z.number(), steps: z.number() }),
    outputSchema: z.object({ at: z.number(), steps: z.number() }),
  })
    .dountil(
      createStep({
        id: 'again',
        inputSchema: z.object({ at: z.number(), steps: z.number() }),
        outputSchema: z.object({ at: z.number(), steps: z.number() }),
        execute: ({ inputData: { at, steps } }) => {
          step();
          return Promise.resolve({ at: at + 1, steps });
        },
      }),
      ({ inputData }) => Promise.resolve(inputData.at >= inputData.steps),
    )
    .commit();
  const approve = createStep({
    id: 'approve',
    ...schemas,
    resumeSchema: z.object({ approved: z.boolean() }),
    execute: async ({ inputData, resumeData, suspend }) => {
      if (!resumeData?.approved) return (await suspend({})) as never;
      return inputData;
    },
  });
  const approval = createWorkflow({ id: 'approval', ...schemas })
    .then(approve)
    .then(workOf('then'))
    .commit();

  const storage = new LibSQLStore({ id: 'bench', url: `file:${join(folder, 'mastra.db')}` });
  const mastra = new Mastra({ storage, logger: false, workflows: { sequence, fanOut, loop, approval } });
  await storage.init();
  const start = async (name: string, inputData: unknown): Promise<string> => {
    const run = await mastra.getWorkflow(name as 'sequence').createRun();
    const { status, ...rest } = await run.start({ inputData: inputData as number });
    if (status !== 'success' && status !== 'suspended')
      throw new Error(`${name} is ${status}: ${JSON.stringify(rest)}`);
    return run.runId;
  };
  return {
    sequence: async () => void (await start('sequence', 0)),
    fanOut: async (children) =>
      void (await start(
        'fanOut',
        Array.from({ length: children }, (_, at) => at),
      )),
    loop: async (steps) => void (await start('loop', { at: 0, steps })),
    park: () => start('approval', 1),
    async decide(runId) {
      const run = await mastra.getWorkflow('approval').createRun({ runId });
      const { status } = await run.resume({ step: 'approve', resumeData: { approved: true } });
      if (status !== 'success') throw new Error(`the run is ${status}`);
    },
    close: () => Promise.resolve(),
  };
};
