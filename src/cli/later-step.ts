import { Trouble, troubleOf } from './trouble.ts';

/**
 * A step of a command that may have done something before it. Where it fails, `what` did not happen, as with a command; `next` says how
 * to go on, after what mends the failure itself, and `stands` what did happen all the same.
 */
export async function laterStep<Value>(
  step: Promise<Value>,
  what: string,
  next = '',
  stands = '',
): Promise<Value> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof Trouble) throw error;
    const trouble = troubleOf(error, what);
    throw new Trouble({
      ...trouble,
      what: `${trouble.message} ${stands}`.trim(),
      next: `${trouble.next} ${next}`.trim(),
      cause: error,
    });
  }
}
