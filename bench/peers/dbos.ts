import { DBOS, type WorkflowHandle } from '@dbos-inc/dbos-sdk';
import type { Contender, Open } from '../compare/contender.ts';

const FOR_EVER = 365 * 24 * 3600;

/** As its manual has it: workflows and steps are functions, and what they have come to is in PostgreSQL. */
export const open: Open = async ({ address }, step): Promise<Contender> => {
  const work = (item = 0): Promise<number> => {
    step();
    return Promise.resolve(item);
  };
  const runStep = (item = 0): Promise<number> => DBOS.runStep(() => work(item), { name: 'work' });

  const sequence = DBOS.registerWorkflow(
    async () => {
      for (let at = 0; at < 5; at += 1) await runStep();
    },
    { name: 'sequence' },
  );
  const fanOut = DBOS.registerWorkflow(
    (children: number, atOnce: number) => inGroups(children, atOnce, runStep),
    {
      name: 'fanOut',
    },
  );
  const child = DBOS.registerWorkflow((item: number) => runStep(item), { name: 'child' });
  const childRuns = DBOS.registerWorkflow(
    (children: number, atOnce: number) =>
      inGroups(children, atOnce, async (item) => (await DBOS.startWorkflow(child)(item)).getResult()),
    { name: 'childRuns' },
  );
  const loop = DBOS.registerWorkflow(
    async (steps: number) => {
      for (let at = 0; at < steps; at += 1) await runStep();
    },
    { name: 'loop' },
  );
  const approval = DBOS.registerWorkflow(
    async () => {
      await DBOS.recv('decision', FOR_EVER);
      await runStep();
    },
    { name: 'approval' },
  );

  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: address,
    systemDatabasePoolSize: 20,
    applicationVersion: '1',
    executorID: 'bench',
    logLevel: 'error',
  });
  await DBOS.launch();
  const handles = new Map<string, WorkflowHandle<void>>();
  return {
    sequence: async () => (await DBOS.startWorkflow(sequence)()).getResult(),
    fanOut: async (children, atOnce) => (await DBOS.startWorkflow(fanOut)(children, atOnce)).getResult(),
    childRuns: async (children, atOnce) =>
      (await DBOS.startWorkflow(childRuns)(children, atOnce)).getResult(),
    loop: async (steps) => (await DBOS.startWorkflow(loop)(steps)).getResult(),
    async park() {
      const handle = await DBOS.startWorkflow(approval)();
      handles.set(handle.workflowID, handle);
      return handle.workflowID;
    },
    async decide(run) {
      await DBOS.send(run, 'approve', 'decision');
      await (handles.get(run) ?? DBOS.retrieveWorkflow<void>(run)).getResult();
    },
    close: () => DBOS.shutdown(),
  };
};

/** Workflows have to do the same in the same order whenever they run, so they wait for a group before they go on. */
async function inGroups(
  count: number,
  atOnce: number,
  act: (item: number) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - from) }, (_, at) => act(from + at)));
}
