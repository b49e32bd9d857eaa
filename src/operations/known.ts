import type { Graph } from '../definition/index.ts';
import type { Known } from '../runtime/index.ts';
import type { Context } from './context.ts';

/** What policies are asked with about a run as it is now. */
export const known = (
  { graph }: { readonly graph: Graph },
  { runtime: { organisation }, clock }: Pick<Context, 'runtime' | 'clock'>,
): Known => ({
  policies: organisation.policies,
  graph,
  now: clock.now(),
  find: (id) => organisation.passport(id),
});
