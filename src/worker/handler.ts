import type { Json } from './json.ts';
import type { ToolPermission, WantedCall } from './tool-gate.ts';
import type { ClaimedTask, Refused, Usage } from './port.ts';

/** A task as its handler sees it; in `input`, artifacts that are JSON stand with their content, and others as references. */
export interface WorkerTask<Input = Json> extends Omit<ClaimedTask, 'input'> {
  readonly input: Input;
}

export interface HandlerContext {
  /**
   * Aborts when the task is no longer this worker's (withdrawn, given to another, lease lost) or when the worker has to stop: go on
   * no longer. What is returned after that counts only if the server still takes it.
   */
  readonly signal: AbortSignal;
  /** Shows how far the work is: 0..1, or null for "as before". Sent every few seconds at most, the latest wins. */
  progress(fraction: number | null, message?: string): void;
  /** Adds to what the task has used; `cost` in the currency of the run's limits. Limits of the run count it. */
  usage(amount: Partial<Usage>): void;
  /** Asks whether a tool may be called, with exactly these arguments; resolves when it is settled, however long people take. */
  tool(wanted: WantedCall): Promise<ToolPermission>;
  /**
   * How sure the handler is of its result, 0 to 1; the last word counts, and other values do not. Below the threshold of the step
   * (0.7 where it says none) the result goes to a person.
   */
  confidence(share: number): void;
}

/** Why a result was refused: what the step declares, against what came. */
export interface InvalidResult {
  readonly output: unknown;
  readonly message: string;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/** Returns the result, which is JSON. Throws to fail: `RetryableError` and `FinalError` say more than other errors. */
export type Handle<Input = Json> = (task: WorkerTask<Input>, context: HandlerContext) => unknown;

export interface FullHandler<Input = Json> {
  readonly handle: Handle<Input>;
  /** Asked once for a better result when the first is refused; without it the task fails with the reason. */
  onInvalid?(invalid: InvalidResult, task: WorkerTask<Input>, context: HandlerContext): unknown;
}

export type Handler<Input = Json> = Handle<Input> | FullHandler<Input>;

export const asFull = <Input>(handler: Handler<Input>): FullHandler<Input> =>
  typeof handler === 'function' ? { handle: handler } : handler;

/** By the capability that is asked for; under null for whatever comes, as records do, which ask for none. */
export type Handlers<Of = FullHandler> = ReadonlyMap<string | null, Of>;

/** What is claimed for these handlers; null: whatever comes. */
export const capabilitiesOf = (handlers: Handlers<unknown>): readonly string[] | null => {
  const named = [...handlers.keys()].filter((name) => name !== null);
  return handlers.has(null) ? null : named;
};

/** The handler of the first capability that the task asks for and somebody here has. */
export const handlerFor = (
  handlers: Handlers,
  task: Pick<ClaimedTask, 'requires'>,
): FullHandler | undefined => {
  for (const capability of task.requires) {
    const found = handlers.get(capability);
    if (found) return found;
  }
  return handlers.get(null);
};

export const invalidResult = (output: unknown, refusal: Refused): InvalidResult => {
  const { problems } = refusal.details;
  return {
    output,
    message: refusal.message,
    problems: Array.isArray(problems) ? (problems as InvalidResult['problems']) : [],
  };
};
