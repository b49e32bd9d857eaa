import { spawn, type ChildProcess } from 'node:child_process';
import { parseValue } from '../definition/parse.ts';
import { RetryableError, type Json } from '../worker/index.ts';

/**
 * Programs that work on tasks, each started anew for each task.
 *
 * PROGRAM-1  A program ends with everything it has started, as far as that stays in its process group (on Windows: the shell alone).
 * PROGRAM-2  No program outlives the worker, unless the worker is killed.
 * PROGRAM-3  What a program writes is read up to a limit.
 * PROGRAM-4  What a program leaves behind does not keep its task: what has been read a moment after its end is what it wrote.
 */
/** As much as a server takes of a request: `LIMITS.body`. */
const MOST_OUTPUT_MIB = 8;
const MOST_OUTPUT = MOST_OUTPUT_MIB * 1024 * 1024;
const MOST_ERRORS = 64 * 1024;
/** Time for a program to end by itself when it is told to. */
const PATIENCE_MS = 5000;
/** Time for what a program has started to finish writing when the program itself has ended. */
const REST_MS = 1000;
const HAS_GROUPS = process.platform !== 'win32';

/** The result of a program. An exit code other than 0 is a failure, with its last words as the message. */
export async function runProgram(command: string, input: string, signal: AbortSignal): Promise<Json> {
  signal.throwIfAborted();
  const child = spawn(command, { shell: true, detached: HAS_GROUPS, stdio: ['pipe', 'pipe', 'pipe'] });
  const kept = keep(child);
  signal.addEventListener('abort', kept.stop);
  const output: Buffer[] = [];
  let bytes = 0;
  let errors = '';
  child.stdout.on('data', (piece: Buffer) => {
    output.push(piece);
    bytes += piece.length;
    if (bytes <= MOST_OUTPUT) return;
    child.stdout.removeAllListeners('data').destroy();
    kept.stop();
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors = (errors + piece).slice(-MOST_ERRORS);
    process.stderr.write(piece);
  });
  // A program that does not read its input closes it, which is its own business.
  child.stdin.on('error', () => {}).end(input);
  try {
    const { code, killed } = await endOf(child);
    if (bytes > MOST_OUTPUT) throw tooLarge();
    if (code !== 0) throw failure(code === null ? `was ended by ${killed}` : `ended with ${code}`, errors);
    return readResult(Buffer.concat(output));
  } finally {
    signal.removeEventListener('abort', kept.stop);
    kept.forget();
  }
}

interface End {
  readonly code: number | null;
  readonly killed: NodeJS.Signals | null;
}
const endOf = (child: ChildProcess): Promise<End> =>
  new Promise((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new RetryableError(cause.message, { code: 'program_unusable', cause })),
    );
    child.on('exit', () => {
      const rest = setTimeout(() => leave(child), REST_MS);
      child.on('close', () => clearTimeout(rest));
    });
    child.on('close', (code, killed) => resolve({ code, killed }));
  });

/** What is not in its group may hold the pipes for ever. */
function leave(child: ChildProcess): void {
  kill(child, 'SIGKILL');
  child.stdout?.destroy();
  child.stderr?.destroy();
}

const failure = (how: string, errors: string): RetryableError => {
  const last = errors.trim().split('\n').at(-1) ?? '';
  return new RetryableError(`The program ${how}${last === '' ? '.' : `: ${last}`}`, {
    code: 'program_failed',
  });
};

const TO_KEEP =
  'Put large content as artifacts (PUT /v1/artifacts/<sha256>), and write in its place { "$artifact": "<sha256>", "bytes": … }.';
const tooLarge = (): RetryableError =>
  new RetryableError(
    `The program wrote more than ${MOST_OUTPUT_MIB} MiB to its standard output, which is the most a result may have. ${TO_KEEP}`,
    { code: 'output_too_large' },
  );

function readResult(output: Buffer): Json {
  const text = decoded(output);
  if (text?.trim() === '') return null;
  const read = text === null ? null : parseValue(text, 'json');
  if (read?.ok) return read.document;
  const why = read === null ? 'it is not UTF-8.' : (read.problems[0]?.message ?? '');
  throw new RetryableError(`The program did not write JSON to its standard output: ${why}`, {
    code: 'result_not_json',
  });
}

function decoded(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

// --- how they end ---------------------------------------------------------------------------------------------------

const running = new Set<ChildProcess>();
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Has the program end at the latest with this process. */
function keep(child: ChildProcess): { stop(): void; forget(): void } {
  let patience: NodeJS.Timeout | null = null;
  if (running.size === 0) follow();
  running.add(child);
  return {
    stop: () => {
      kill(child, 'SIGTERM');
      patience ??= setTimeout(() => kill(child, 'SIGKILL'), PATIENCE_MS).unref();
    },
    forget: () => {
      kill(child, 'SIGKILL');
      clearTimeout(patience ?? undefined);
      running.delete(child);
      if (running.size === 0) unfollow();
    },
  };
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (HAS_GROUPS) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It has ended.
  }
}

const killAll = (): void => running.forEach((child) => kill(child, 'SIGKILL'));

/** A signal that nobody else follows ends this process, as it would have without us. */
const killLast = (signal: NodeJS.Signals): void => {
  if (process.listenerCount(signal) > 1) return;
  killAll();
  unfollow();
  process.kill(process.pid, signal);
};

/** Before all others: who follows a signal but once is counted too. */
function follow(): void {
  process.on('exit', killAll);
  for (const signal of ENDINGS) process.prependListener(signal, killLast);
}

function unfollow(): void {
  process.off('exit', killAll);
  for (const signal of ENDINGS) process.off(signal, killLast);
}
