import { beginAll, carryOutOne } from './carry-out.ts';
import { plainWrite, type Call, type Context, type Write } from './context.ts';
import * as acts from './task-acts.ts';
import { completeTask } from './task-complete.ts';
import { claimTask, startTask } from './task-taking.ts';
import { done } from './outcome.ts';
import { CATALOGUE, type OperationName, type OutputOf } from './schema/index.ts';
import { grantOf } from './permissions.ts';

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
  const { input: schema, permission } = CATALOGUE[name];
  const id = typeof item['id'] === 'string' ? item['id'] : '';
  if (grantOf(call.caller, permission) === null)
    return failed(id, 'forbidden', `${call.caller.name} may not call ${name}.`);
  const parsed = schema.safeParse(item);
  if (!parsed.success) return failed(id, 'request_invalid', parsed.error.issues[0]?.message ?? 'not right');
  const handler = ACTS[input.act] as unknown as Write<typeof name, unknown>;
  const outcome = await carryOutOne(context, name, handler, { ...call, input: parsed.data }, at);
  if (!outcome.ok) return failed(id, outcome.rejection.code, outcome.rejection.message);
  return { id, ok: true, task: 'task' in outcome.value ? outcome.value.task : null, refused: null };
}

const failed = (id: string, code: string, message: string): Batch['results'][number] => ({
  id,
  ok: false,
  task: null,
  refused: { code, message },
});
