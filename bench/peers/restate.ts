import * as restate from '@restatedev/restate-sdk';
import * as clients from '@restatedev/restate-sdk-clients';
import type { Contender, Open } from '../compare/contender.ts';

/** What the steps of this process go to; handlers are called by the server. */
let step = (): void => {};
const work = (): number => {
  step();
  return 1;
};

const child = restate.service({
  name: 'child',
  handlers: { run: (ctx: restate.Context, _item: number) => ctx.run('work', work) },
});

const bench = restate.service({
  name: 'bench',
  handlers: {
    async sequence(ctx: restate.Context) {
      for (let at = 0; at < 5; at += 1) await ctx.run('work', work);
    },
    fanOut: (ctx: restate.Context, { children, atOnce }: Size) =>
      inGroups(children, atOnce, () => ctx.run('work', work)),
    childRuns: (ctx: restate.Context, { children, atOnce }: Size) =>
      inGroups(children, atOnce, (item) => ctx.serviceClient(child).run(item)),
    async loop(ctx: restate.Context, steps: number) {
      for (let at = 0; at < steps; at += 1) await ctx.run('work', work);
    },
  },
});

const approval = restate.workflow({
  name: 'approval',
  handlers: {
    async run(ctx: restate.WorkflowContext) {
      await ctx.promise<string>('decision');
      await ctx.run('work', work);
    },
    decide: (ctx: restate.WorkflowSharedContext, decision: string) =>
      ctx.promise<string>('decision').resolve(decision),
  },
});

interface Size {
  readonly children: number;
  readonly atOnce: number;
}

/** Handlers have to do the same in the same order whenever they run, so they wait for a group before they go on. */
async function inGroups(
  count: number,
  atOnce: number,
  act: (item: number) => restate.RestatePromise<number>,
): Promise<void> {
  for (let from = 0; from < count; from += atOnce)
    await restate.RestatePromise.all(
      Array.from({ length: Math.min(atOnce, count - from) }, (_, at) => act(from + at)),
    );
}

/** The server keeps the journal and calls this process; a run that waits is in the server alone. */
export const open: Open = async ({ address }, take): Promise<Contender> => {
  step = take;
  const [ingress, admin, service] = address.split(',');
  await restate.serve({ services: [bench, child, approval], port: Number(service) });
  await register(`http://127.0.0.1:${admin}`, `http://127.0.0.1:${service}`);
  const server = clients.connect({ url: `http://127.0.0.1:${ingress}` });
  const client = server.serviceClient(bench);
  let made = 0;
  return {
    sequence: () => client.sequence(),
    fanOut: (children, atOnce) => client.fanOut({ children, atOnce }),
    childRuns: (children, atOnce) => client.childRuns({ children, atOnce }),
    loop: (steps) => client.loop(steps),
    async park() {
      const id = `run-${process.pid}-${(made += 1)}`;
      await server.workflowClient(approval, id).workflowSubmit();
      return id;
    },
    async decide(run) {
      const workflow = server.workflowClient(approval, run);
      await workflow.decide('approve');
      await workflow.workflowAttach();
    },
    close: () => Promise.resolve(),
  };
};

/** Also after a crash, as a new process does. The server answers a moment after it has opened its port. */
async function register(admin: string, uri: string): Promise<void> {
  for (let left = 500; ; left -= 1) {
    const answer = await fetch(`${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri, force: false }),
    }).catch(() => null);
    if (answer?.ok) return;
    if (left === 0)
      throw new Error(`the service could not be registered: ${answer ? await answer.text() : 'no answer'}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
