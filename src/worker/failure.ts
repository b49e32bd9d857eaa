/** Thrown by a handler to say that the task failed, and with which code. */
abstract class HandlerError extends Error {
  readonly code: string | undefined;
  abstract readonly retryable: boolean;

  constructor(message: string, options: { readonly code?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
  }
}

/** The task failed, and another attempt may succeed: the step's `retry` decides. */
export class RetryableError extends HandlerError {
  override readonly name = 'RetryableError';
  override readonly retryable = true;
}

/** The task failed, and another attempt would fail as well. */
export class FinalError extends HandlerError {
  override readonly name = 'FinalError';
  override readonly retryable = false;
}

const LONGEST_MESSAGE = 2000;
const CODE = /^[a-z][a-z0-9_]{0,63}$/;
const UNKNOWN = 'agent_failed';

/**
 * What there is to tell of something thrown: a code, the message and nothing else of it. An error's own `code` counts where it
 * looks like one (`ENOENT` becomes `enoent`).
 */
export function describeFailure(thrown: unknown): {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
} {
  const code = codeOf(thrown);
  const message = thrown instanceof Error ? thrown.message : typeof thrown === 'string' ? thrown : '';
  return {
    code: code ?? UNKNOWN,
    message: message || 'The agent failed without a message.',
    retryable: !(thrown instanceof FinalError),
  };
}

const codeOf = (thrown: unknown): string | undefined => {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  const { code } = thrown;
  const text = typeof code === 'string' ? code.toLowerCase() : '';
  return CODE.test(text) ? text : undefined;
};

/** As much as the server takes of a message. It takes no half of a character, such as one that is cut through here. */
export const shorten = (message: string): string => {
  const short = message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`;
  return short.toWellFormed();
};
