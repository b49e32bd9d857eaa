import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AtWork, WorkOptions } from '../cli/index.ts';
import { Trouble } from '../cli/index.ts';
import { describeEvent, worker, type Handle, type WorkerEvent } from '../worker/index.ts';
import { runProgram } from './program.ts';

/** A worker whose work is done by a module or a program that the user named. */
export async function work(options: WorkOptions): Promise<AtWork> {
  const { agent, concurrency, leaseSeconds, url, token, log } = options;
  const { handle, capabilities, name } =
    'module' in agent ? await fromModule(agent.module) : fromProgram(agent.exec);
  const able = options.capabilities.length > 0 ? options.capabilities : capabilities;
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
  log(line, rest, isModule && error instanceof Error ? error.stack : undefined);
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

const fromProgram = (command: string): Agent => ({
  handle: (task, { signal }) => runProgram(command, `${JSON.stringify(task)}\n`, signal),
  capabilities: [],
  name: command,
});
