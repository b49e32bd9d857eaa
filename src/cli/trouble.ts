import { resolve } from 'node:path';
import { ProblemError } from '../client/index.ts';
import { nextOf } from './remedies.ts';

/** How a command ends. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** What goes wrong, in the three parts that people need: what happened, why, and what to do next. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  readonly why: string;
  readonly next: string;
  readonly code: string;
  readonly exit: number;
  readonly problems: readonly { readonly path: string; readonly message: string }[];

  constructor(parts: {
    readonly what: string;
    readonly why: string;
    readonly next: string;
    readonly code: string;
    readonly exit?: number;
    readonly problems?: readonly { readonly path: string; readonly message: string }[];
    readonly cause?: unknown;
  }) {
    super(parts.what, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.why = parts.why;
    this.next = parts.next;
    this.code = parts.code;
    this.exit = parts.exit ?? EXIT.failed;
    this.problems = parts.problems ?? [];
  }
}

export const misuse = (what: string, why: string, next: string): Trouble =>
  new Trouble({ what, why, next, code: 'usage', exit: EXIT.usage });

/** Whatever was thrown while `what` was to be done. */
export function troubleOf(error: unknown, what: string): Trouble {
  if (error instanceof Trouble) return error;
  if (error instanceof ProblemError) return ofProblem(error, what);
  if (isExplained(error))
    return new Trouble({ what, why: error.message, next: error.remediation, code: error.code, cause: error });
  if (isOfSystem(error)) return ofSystem(error, what);
  const why = error instanceof Error ? error.message : String(error);
  return new Trouble({
    what,
    why,
    next: 'This is a fault of HumanOS itself. Set HUMANOS_DEBUG=1 to see where it comes from, and report it.',
    code: 'fault',
    cause: error,
  });
}

const ofProblem = (error: ProblemError, what: string): Trouble =>
  new Trouble({
    what: error.mayBeDone ? 'Whether it was done is not known.' : what,
    why: error.code === 'token_missing' ? 'No token is given.' : error.detail,
    next: error.mayBeDone ? 'Look before you repeat it.' : nextOf(error),
    code: error.code,
    exit: exitOf(error),
    problems: error.problem.problems ?? [],
    cause: error,
  });

/** What the client refuses to send. */
const MISUSES = new Set(['address_invalid', 'token_malformed', 'delegation_malformed']);
const exitOf = ({ code, status }: ProblemError): number =>
  MISUSES.has(code) ? EXIT.usage : status === 0 ? EXIT.unreachable : EXIT.failed;

/** Faults of the store, and others that carry what to do. */
interface Explained extends Error {
  readonly code: string;
  readonly remediation: string;
}
const isExplained = (error: unknown): error is Explained =>
  error instanceof Error &&
  'remediation' in error &&
  'code' in error &&
  typeof error.remediation === 'string';

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
}
/** Faults of reading and writing name no path; those of connections, which name none either, have other codes. */
const OF_FILES = new Set<unknown>(['EISDIR', 'ENOSPC', 'EROFS']);
const isOfSystem = (error: unknown): error is SystemError =>
  error instanceof Error &&
  'syscall' in error &&
  'code' in error &&
  (('path' in error && typeof error.path === 'string') || OF_FILES.has(error.code));

const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be used by this user',
  EISDIR: 'is a folder',
  ENOTDIR: 'is no folder, or leads through what is none',
  ENOSPC: 'has no space left on its device',
  EROFS: 'is on a device that is read only',
  EEXIST: 'is there already',
};

const ofSystem = (error: SystemError, what: string): Trouble =>
  new Trouble({
    what,
    why:
      error.code in SYSTEM
        ? `${error.path === undefined ? 'What was named' : resolve(error.path)} ${SYSTEM[error.code]}.`
        : error.message,
    next:
      error.code === 'EEXIST'
        ? 'Name another file: nothing is written over.'
        : 'Check the path, and what this user may do there.',
    code: error.code === 'EEXIST' ? 'file_exists' : 'file_unusable',
    cause: error,
  });

export const asJson = ({ message, why, next, code, problems }: Trouble) => ({
  error: { code, what: message, why, next, ...(problems.length > 0 && { problems }) },
});

/** Nothing is told twice, in the reason and in the list. */
export function asLines({ message, why, next, code, problems }: Trouble): string[] {
  const listed = problems
    .map(({ path, message: text }) => ({ line: `${path === '' ? '' : `${path}: `}${text}`, text }))
    .filter(({ line }) => !why.includes(line));
  const told = listed.find(({ text }) => why.endsWith(`: ${text}`));
  return [
    message,
    `  why: ${told ? why.slice(0, -told.text.length).trimEnd() : why}`,
    ...listed.map(({ line }) => `    ${line}`),
    `  next: ${next}`,
    `  code: ${code}`,
  ];
}
