import { usualPush, type Work } from '../routing/index.ts';
import type { Read } from './context.ts';
import { explanationView } from './explanation-view.ts';
import { done } from './outcome.ts';

/** Who would get such work now, and why. */
export const explainRouting: Read<'routing.explain'> = async (context, { input }) => {
  const { seed, step, strategy, by, ...asked } = input;
  const work: Partial<Work> = {
    ...asked,
    by,
    strategy: strategy ?? usualPush(by),
    ...(step !== undefined && { key: step }),
  };
  const explanation = context.runtime.scheduler.router.explain(work, seed);
  const { choice } = explanation;
  return done({
    explanation: explanationView(context, explanation),
    missing: choice.kind === 'nobody' ? choice.missing : null,
  });
};
