import type { JsonObject } from '../definition/index.ts';
import type { Task } from '../engine/index.ts';
import { expanded, explain, type Explanation } from '../routing/index.ts';
import type { Context } from './context.ts';
import type { ExplanationView } from './schema/views.ts';

/** Why routing put a task where it is: the explanation in the entry that did. Null where routing was not asked. */
export async function explanationOf(
  context: Context,
  { run, routed }: Task,
): Promise<ExplanationView | null> {
  if (routed === 0) return null;
  const [entry] = await context.runtime.store.entries({ stream: run, after: routed - 1 }, 1);
  if (!entry) return null;
  const { payload } = JSON.parse(entry.text) as { readonly payload: { readonly explanation?: JsonObject } };
  return payload.explanation ? explanationView(context, expanded(payload.explanation)) : null;
}

export function explanationView({ runtime }: Context, explanation: Explanation): ExplanationView {
  const nameOf = (id: string): string => {
    const name = runtime.organisation.passport(id)?.name;
    return name === undefined ? id : `${name} (${id})`;
  };
  return {
    ...structuredClone(explanation),
    words: explain(explanation, nameOf),
  } as ExplanationView;
}
