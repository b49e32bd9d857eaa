import { oversteppedInOne } from './acting.ts';
import { write, type Call, type Context, type Write } from './context.ts';
import * as acts from './task-acts.ts';
import { completeTask } from './task-complete.ts';
import * as tasks from './tasks.ts';
import { done } from './outcome.ts';
import { CATALOGUE, type OperationName, type OutputOf } from './schema/index.ts';
import { grantOf } from './permissions.ts';

/**
 * The same done to many tasks.
 *
 * MANY-1  Each succeeds or is refused on its own, in the order given, as if it had been asked for alone: also under a delegation.
 */
type Batch = OutputOf<'task.batch'>;

export const batchTasks = write<'task.batch', Batch>('task.batch', {
  unrecorded: true,
  async act(context, call) {
    const results: Batch['results'] = [];
    for (const item of call.input.items) results.push(await one(context, call, item));
    return done({ results });
  },
  answer: (_, results) => results,
});

const ACTS = {
  claim: tasks.claimTask,
  start: tasks.startTask,
  stop: acts.stopTask,
  complete: completeTask,
  fail: tasks.failTask,
  release: tasks.releaseTask,
  suspend: acts.suspendTask,
  resume: acts.resumeTask,
  delegate: acts.delegateTask,
  forward: acts.forwardTask,
  skip: tasks.skipTask,
  exit: acts.exitTask,
  activate: acts.activateTask,
  nominate: acts.nominateTask,
  comment: acts.commentTask,
  set: acts.setTask,
} as const;

async function one(
  context: Context,
  { caller, input }: Call<'task.batch'>,
  item: Record<string, unknown>,
): Promise<Batch['results'][number]> {
  const name = `task.${input.act}` as 'task.claim' & OperationName;
  const { input: schema, permission } = CATALOGUE[name];
  const id = typeof item['id'] === 'string' ? item['id'] : '';
  if (grantOf(caller, permission) === null)
    return failed(id, 'forbidden', `${caller.name} may not call ${name}.`);
  const parsed = schema.safeParse(item);
  if (!parsed.success) return failed(id, 'request_invalid', parsed.error.issues[0]?.message ?? 'not right');
  const beyond = await oversteppedInOne(context, caller, name, parsed.data);
  if (beyond) return failed(id, beyond.rejection.code, beyond.rejection.message);
  const handler = ACTS[input.act] as unknown as Write<typeof name, unknown>;
  const call = { input: parsed.data, caller };
  const outcome = await handler.act(context, call);
  if (!outcome.ok) {
    const { code, message } = await context.refusals.told(name, call, outcome.rejection);
    return failed(id, code, message);
  }
  const answer = handler.answer(context, outcome.value, call);
  return { id, ok: true, task: 'task' in answer ? answer.task : null, refused: null };
}

const failed = (id: string, code: string, message: string): Batch['results'][number] => ({
  id,
  ok: false,
  task: null,
  refused: { code, message },
});
