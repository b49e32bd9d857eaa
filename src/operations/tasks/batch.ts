import { beginAll, carryOutOne } from '../carry-out.ts';
import { plainWrite, type Call, type Context, type Write } from '../context.ts';
import * as acts from './acts.ts';
import { completeTask } from './complete.ts';
import { claimTask, startTask } from './taking.ts';
import { admitInput } from '../input.ts';
import { done, type Refused } from '../outcome.ts';
import type { OperationName, OutputOf } from '../schema/index.ts';

/**
 * The same done to many tasks.
 *
 * MANY-1  Each succeeds or is refused on its own, in the order given, as if it had been asked for alone: also under a delegation, where
 *         it faults, and where it is asked for again under a key, which makes one for each place in the order.
 */
type Batch = OutputOf<'task.batch'>;

export const batchTasks = plainWrite('task.batch', {
  act: async (context, call) =>
    (await beginAll(context, call.idempotency)) ?? done(await carryOutAll(context, call)),
  resume: (context, _, call) => carryOutAll(context, call),
});

async function carryOutAll(context: Context, call: Call<'task.batch'>): Promise<Batch> {
  const results: Batch['results'] = [];
  for (const [at, item] of call.input.items.entries()) results.push(await one(context, call, item, at));
  return { results };
}

const ACTS = {
  claim: claimTask,
  start: startTask,
  stop: acts.stopTask,
  complete: completeTask,
  fail: acts.failTask,
  release: acts.releaseTask,
  suspend: acts.suspendTask,
  resume: acts.resumeTask,
  delegate: acts.delegateTask,
  forward: acts.forwardTask,
  skip: acts.skipTask,
  exit: acts.exitTask,
  activate: acts.activateTask,
  nominate: acts.nominateTask,
  comment: acts.commentTask,
  set: acts.setTask,
} as const;

async function one(
  context: Context,
  { input, ...call }: Call<'task.batch'>,
  item: Record<string, unknown>,
  at: number,
): Promise<Batch['results'][number]> {
  const name = `task.${input.act}` as 'task.claim' & OperationName;
  const id = typeof item['id'] === 'string' ? item['id'] : '';
  const admitted = admitInput(name, item, call.caller);
  if (!admitted.ok) return failed(id, admitted);
  const handler = ACTS[input.act] as unknown as Write<typeof name, unknown>;
  const outcome = await carryOutOne(context, name, handler, { ...call, input: admitted.value }, at);
  if (!outcome.ok) return failed(id, outcome);
  return { id, ok: true, task: 'task' in outcome.value ? outcome.value.task : null, refused: null };
}

const failed = (id: string, { rejection: { code, message } }: Refused): Batch['results'][number] => ({
  id,
  ok: false,
  task: null,
  refused: { code, message },
});
