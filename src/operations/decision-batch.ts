import { canonical } from '../ledger/index.ts';
import type { TaskRow } from '../store/index.ts';
import { beginAll, carryOutOne } from './carry-out.ts';
import { plainWrite, type Call, type Context } from './context.ts';
import { decideTask, type Said } from './decisions.ts';
import { done, no, type Refused } from './outcome.ts';
import type { OutputOf } from './schema/index.ts';

/**
 * Many decisions at once.
 *
 * BATCH-1  Each is recorded, and counts or is refused, on its own: by the rights of whoever decides, and by the delegation under which
 *          they do; also where it faults, and where it is asked for again under a key.
 * BATCH-2  What is decided on alike is alike: approvals of one step of a definition, or with one schema that says what subjects
 *          hold. Else none of them is decided.
 */
type BatchAnswer = OutputOf<'task.decide_batch'>;
type Batch = Call<'task.decide_batch'>;

export const decideBatch = plainWrite('task.decide_batch', {
  async act(context, call) {
    const { items } = call.input;
    const twice = items.find(({ id }, at) => items.findIndex((item) => item.id === id) !== at);
    if (twice) return no('request_invalid', `${twice.id} is listed twice.`);
    const unlike = await unlikeOf(
      context,
      items.map(({ id }) => id),
    );
    return unlike ?? (await beginAll(context, call.idempotency)) ?? done(await decideAll(context, call));
  },
  resume: (context, _, call) => decideAll(context, call),
});

async function decideAll(context: Context, call: Batch): Promise<BatchAnswer> {
  const { items, outcome, reason } = call.input;
  const results = items.map((item) => {
    const why = item.reason ?? reason;
    return one(context, call, { ...item, outcome, ...(why !== undefined && { reason: why }) });
  });
  return { results: await Promise.all(results) };
}

async function one(context: Context, call: Batch, said: Said): Promise<BatchAnswer['results'][number]> {
  const { id } = said;
  const decided = await carryOutOne(context, 'task.decide', decideTask, { ...call, input: said }, id);
  if (decided.ok) return { id, decided: true, receipt: decided.value, refusal: null };
  const { code, message } = decided.rejection;
  return { id, decided: false, receipt: null, refusal: { code, message } };
}

// --- what is alike ----------------------------------------------------------------------------------------------------

/** What there is no approval of is left to be refused on its own. */
async function unlikeOf({ runtime }: Context, ids: readonly string[]): Promise<Refused | null> {
  const approvals = (await runtime.store.tasksNamed(ids)).filter(({ approval }) => approval !== null);
  const [first, ...others] = await Promise.all(approvals.map((task) => traitsOf(runtime, task)));
  if (!first) return null;
  const isLike = (by: keyof Omit<Traits, 'id'>): boolean =>
    first[by] !== null && others.every((other) => other[by] === first[by]);
  if (isLike('step') || isLike('schema')) return null;
  const odd = others.find(
    ({ step, schema }) => step !== first.step && (schema === null || schema !== first.schema),
  );
  const words = odd ? `${odd.id} and ${first.id} ask for different things` : 'They ask for different things';
  return no('batch_unlike', `${words}. Nothing was decided.`, {
    tasks: [first.id, ...(odd ? [odd.id] : [])],
  });
}

interface Traits {
  readonly id: string;
  /** The step of its definition; of what a policy asks for beside the steps also what for. */
  readonly step: string;
  /** Canonical JSON; null where it does not say what subjects hold: any two objects are alike by that. */
  readonly schema: string | null;
}

async function traitsOf(
  runtime: Context['runtime'],
  { id, run, step, description }: TaskRow,
): Promise<Traits> {
  const found = await runtime.runs.state(run);
  const node = found?.graph.steps.find((other) => other.id === step);
  const isOfStep = node?.kind === 'approval';
  const name = `${found?.state.definition.id ?? run} ${step}`;
  return {
    id,
    step: isOfStep ? name : `${name} ${description ?? ''}`,
    schema: isOfStep && node.schema?.['properties'] !== undefined ? canonical(node.schema) : null,
  };
}
