import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AtWork, WorkOptions } from '../cli/index.ts';
import { Trouble } from '../cli/index.ts';
import {
  describeEvent,
  RetryableError,
  worker,
  type Handle,
  type Json,
  type WorkerEvent,
} from '../worker/index.ts';

/** A worker whose work is done by a module or a program that the user named. */
export async function work(options: WorkOptions): Promise<AtWork> {
  const { agent, concurrency, leaseSeconds, url, token, log } = options;
  const { handle, capabilities, name } =
    'module' in agent ? await fromModule(agent.module) : fromProgram(agent.exec);
  const able = options.capabilities.length > 0 ? options.capabilities : capabilities;
  if (able.length === 0) throw unable();
  return worker(
    {
      name: options.name ?? name,
      capabilities: able,
      concurrency,
      leaseSeconds,
      url,
      ...(token !== undefined && { token }),
      signals: false,
      log: (event) => tell(event, 'module' in agent, log),
    },
    handle,
  );
}

/** Whoever writes a module wants to see where it failed; nobody else is told. */
function tell(event: WorkerEvent, isModule: boolean, log: WorkOptions['log']): void {
  const line = describeEvent(event);
  if (event.type !== 'failed') return log(line, event);
  const { error, ...rest } = event;
  log(isModule && error instanceof Error ? `${line}\n${error.stack}` : line, rest);
}

interface Agent {
  readonly handle: Handle;
  readonly capabilities: readonly string[];
  readonly name: string;
}

async function fromModule(path: string): Promise<Agent> {
  const loaded = (await import(pathToFileURL(resolve(path)).href).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Trouble({
      what: 'The worker did not start.',
      why: `${path} could not be loaded: ${why}`,
      next: 'Check the path, and that "node FILE" runs it.',
      code: 'module_unusable',
      cause,
    });
  })) as { readonly default?: unknown; readonly capabilities?: readonly string[]; readonly name?: string };
  if (typeof loaded.default !== 'function')
    throw new Trouble({
      what: 'The worker did not start.',
      why: `${path} has no function as its default export.`,
      next: 'Write: export default async function (task, { signal, progress }) { return result; }',
      code: 'module_unusable',
    });
  return {
    handle: loaded.default as Handle,
    capabilities: loaded.capabilities ?? [],
    name: loaded.name ?? path,
  };
}

const unable = (): Trouble =>
  new Trouble({
    what: 'The worker did not start.',
    why: 'It does not say what it can do.',
    next: 'Give --capability CAPABILITY, or let the module export `capabilities`.',
    code: 'usage',
    exit: 2,
  });

const fromProgram = (command: string): Agent => ({
  handle: (task, { signal }) => runProgram(command, `${JSON.stringify(task)}\n`, signal),
  capabilities: [],
  name: command,
});

const MOST_OUTPUT = 32 * 1024 * 1024;
const MOST_ERRORS = 64 * 1024;
/** Time for a program to end by itself when it is told to. */
const PATIENCE_MS = 5000;

/** The result of a program, started anew for each task. An exit code other than 0 is a failure, with its last words as the message. */
function runProgram(command: string, input: string, signal: AbortSignal): Promise<Json> {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const end = (): void => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref();
  };
  signal.addEventListener('abort', end);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output += piece;
    if (output.length > MOST_OUTPUT) end();
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors = (errors + piece).slice(-MOST_ERRORS);
    process.stderr.write(piece);
  });
  // A program that does not read its input closes it, which is its own business.
  child.stdin.on('error', () => {}).end(input);
  return new Promise<Json>((accept, reject) => {
    child.on('error', (cause) =>
      reject(new RetryableError(cause.message, { code: 'program_unusable', cause })),
    );
    child.on('close', (code, killed) => {
      if (code === 0) return accept(readResult(output, reject));
      const last = errors.trim().split('\n').at(-1) ?? '';
      const how = code === null ? `was ended by ${killed}` : `ended with ${code}`;
      reject(
        new RetryableError(`The program ${how}${last === '' ? '.' : `: ${last}`}`, {
          code: 'program_failed',
        }),
      );
    });
  }).finally(() => signal.removeEventListener('abort', end));
}

function readResult(output: string, reject: (error: Error) => void): Json {
  if (output.trim() === '') return null;
  try {
    return JSON.parse(output) as Json;
  } catch (cause) {
    reject(
      new RetryableError('The program did not write JSON to its standard output.', {
        code: 'result_not_json',
        cause,
      }),
    );
    return null;
  }
}
