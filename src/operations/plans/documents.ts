import type { Json, JsonObject } from '../../definition/index.ts';
import type { Attribution, DefinitionRef } from '../../engine/index.ts';
import { canonical, toHex } from '../../ledger/index.ts';
import type { Estimates, ExecutionStep, Goal, Reason } from '../../planning/index.ts';
import { writing, type Outcome } from '../../runtime/index.ts';
import type { Context } from '../context.ts';
import { done, no } from '../outcome.ts';

/** A plan as it is kept. */
export interface StoredPlan {
  readonly id: string;
  readonly name: string;
  readonly goal: Goal;
  readonly definition: JsonObject;
  /** Of the definition; once the input was edited, of `{ definition, input }`. */
  readonly digest: string;
  readonly inputEdited?: true;
  /** How long the planner let the run take, in the words of definitions, so that it keeps the deadline. */
  readonly plannedDuration?: string;
  readonly executionPlan: readonly ExecutionStep[];
  readonly estimates: Estimates;
  readonly explanation: readonly Reason[];
  readonly notices: readonly string[];
  readonly guessed: boolean;
  readonly plannedBy: string;
  readonly template: DefinitionRef | null;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly editedBy: string | null;
  readonly editedAt: number | null;
  readonly startedBy: string | null;
  /** From then on it does not change. */
  readonly startedAt: number | null;
  /** The id of its run, from then on, whether or not that has come to be; absent where an earlier release started it. */
  readonly run?: string;
}
export interface KeptPlan {
  readonly plan: StoredPlan;
  readonly revision: number;
}

/** What is recorded of a change of a plan, and the plan after it. */
export interface PlanChange {
  readonly type: 'plan.created' | 'plan.edited' | 'plan.started';
  readonly payload: object;
  readonly plan: StoredPlan;
  /** The revision it rests on; 0 for a new one. */
  readonly revision: number;
  /** Recorded with it, so that the same request finds the plan again. */
  readonly remember?: { readonly key: string; readonly fingerprint: string; readonly result: Json };
}

type Turns = Map<string, Promise<unknown>>;
const TURNS = new WeakMap<Context['runtime'], Turns>();

/** One after the other for one plan, so that each decides on what the one before has left. */
export async function inTurn<Value>(
  { runtime }: Context,
  id: string,
  act: () => Promise<Value>,
): Promise<Value> {
  const turns: Turns = TURNS.get(runtime) ?? new Map();
  TURNS.set(runtime, turns);
  const mine = (turns.get(id) ?? Promise.resolve()).then(act);
  const settled = mine.then(nothing, nothing);
  turns.set(id, settled);
  try {
    return await mine;
  } finally {
    if (turns.get(id) === settled) turns.delete(id);
  }
}

export async function findPlan({ runtime }: Context, id: string): Promise<KeptPlan | null> {
  const stored = await runtime.store.document('plan', id);
  return stored && { plan: stored.body as unknown as StoredPlan, revision: stored.revision };
}

/** Refused where somebody else has changed it since it was read. */
export async function keepPlan(
  { runtime }: Context,
  { type, payload, plan, revision, remember }: PlanChange,
  by: Attribution,
): Promise<Outcome<KeptPlan>> {
  const body = plan as unknown as JsonObject;
  const change = writing({ kind: 'plan', id: plan.id, expected: revision, body });
  return runtime.organisation.change<KeptPlan>({
    by,
    fixed: true,
    ...(remember && { remember: () => remember }),
    decide: () => done({ type, payload, changes: [change], value: { plan, revision: revision + 1 } }),
  });
}

const nothing = (): void => {};

export const unknownPlan = (id: string) => no('plan_unknown', `There is no plan ${id}.`);

export const digestOf = ({ sha256 }: Context, document: Json): string => toHex(sha256(canonical(document)));
