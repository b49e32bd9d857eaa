import type { Json } from '../definition/index.ts';
import { ORGANISATION, type Outcome } from '../runtime/index.ts';
import { oversteppedInOne } from './acting.ts';
import type { Call, Context, Idempotency, Write } from './context.ts';
import { refusalOf } from './errors/catalogue.ts';
import { done, type Refused } from './outcome.ts';
import { mismatch } from './repetition.ts';
import type { OperationName, OutputOf } from './schema/index.ts';

/** Carries a write out, once under its key (REPEAT-1). */
export async function carryOut<Name extends OperationName>(
  context: Context,
  name: Name,
  handler: Write<Name, unknown>,
  call: Call<Name>,
): Promise<Outcome<OutputOf<Name>>> {
  const act = async (): Promise<Outcome<OutputOf<Name>>> => {
    const outcome = await handler.act(context, call);
    return outcome.ok
      ? done(handler.answer(context, outcome.value, call))
      : { ok: false, rejection: await context.refusals.told(name, call, outcome.rejection) };
  };
  if (!call.idempotency) return act();
  const recall = async (recorded: Json): Promise<OutputOf<Name>> => {
    const resumed = await handler.resume?.(context, recorded, call);
    return handler.answer(context, resumed ?? recorded, call);
  };
  const { idempotency, signal } = call;
  const isKept = handler.unrecorded ?? false;
  return context.repetitions.once({ ...idempotency, signal }, isKept, recall, act);
}

/**
 * The key of several writes that are asked for together is theirs from before the first of them is carried out, so that another request
 * under it is refused as a whole (REPEAT-1). What is recorded with it is no answer: a repetition goes on with them (`resume`).
 */
export async function beginAll(
  { runtime, clock }: Context,
  idempotency: Idempotency | undefined,
): Promise<Refused | null> {
  if (!idempotency) return null;
  const record = { ...idempotency, result: { results: [] }, at: clock.now() };
  const [begun] = await runtime.store.commit([
    { stream: ORGANISATION, expected: null, entries: [], idempotency: record },
  ]);
  return begun?.ok ? null : mismatch();
}

/**
 * Carries one of several writes out that are asked for together, under a key of its own. A fault of it is its refusal alone: what was
 * done of the others is done.
 */
export async function carryOutOne<Name extends OperationName>(
  context: Context,
  name: Name,
  handler: Write<Name, unknown>,
  { idempotency, ...call }: Call<Name>,
  which: string | number,
): Promise<Outcome<OutputOf<Name>>> {
  const own = idempotency && { ...idempotency, key: `${idempotency.key} ${which}` };
  try {
    return (
      (await oversteppedInOne(context, call.caller, name, call.input)) ??
      (await carryOut(context, name, handler, { ...call, ...(own && { idempotency: own }) }))
    );
  } catch (fault) {
    const { isFault, ...rejection } = refusalOf(fault);
    if (isFault) context.onFault(fault);
    return { ok: false, rejection };
  }
}
