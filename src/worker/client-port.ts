import { jsonIn, ProblemError, type Client } from '../client/index.ts';
import type { Json } from './json.ts';
import { Refused, Unreachable, type TaskPort } from './port.ts';

/**
 * The port on a client. The client must not repeat requests by itself (`retries: 0`): the worker does, for as long as its claim
 * and its stop allow.
 */
export function clientPort(client: Client): TaskPort {
  const held = ({ id, token }: { readonly id: string; readonly token: number }) => ({ id, token });
  return {
    me: (signal) => answered(client.participant.me({}, { signal })),
    claimNext: async (request, call) => {
      const { capabilities, ...rest } = request;
      const { task } = await answered(
        client.task.claimNext({ ...rest, ...(capabilities && { capabilities: [...capabilities] }) }, call),
      );
      return task;
    },
    heartbeat: async (task, leaseSeconds, signal) => {
      await answered(client.task.heartbeat({ ...held(task), leaseSeconds }, { signal }));
    },
    progress: async (task, report, call) => {
      await answered(client.task.progress({ ...held(task), ...report }, call));
    },
    complete: async (task, result, call) => {
      await answered(client.task.complete({ ...held(task), ...result }, call));
    },
    fail: async (task, failure, call) => {
      await answered(client.task.fail({ ...held(task), ...failure }, call));
    },
    release: async (task, reason, call) => {
      await answered(client.task.release({ ...held(task), reason }, call));
    },
    tools: {
      request: (task, { key, tool, class: is, arguments: args }, call) => {
        const wanted = { ...held(task), call: key, tool, arguments: args, ...(is && { class: is }) };
        return answered(client.tool.request(wanted, call));
      },
      get: (id, waitSeconds, signal) => answered(client.tool.get({ id, waitSeconds }, { signal })),
      use: (request, digest, call) => answered(client.tool.use({ ...held(request), digest }, call)),
      done: (request, result, call) => answered(client.tool.done({ ...held(request), result }, call)),
      failed: (request, problem, call) =>
        answered(client.tool.failed({ ...held(request), ...problem }, call)),
    },
    artifact: async (sha256, signal) =>
      jsonIn(await answered(client.content(sha256, { signal }))) as Json | undefined,
  };
}

/** Not ready, or somebody between here and there is not. */
const PASSING = [0, 408, 425, 429, 502, 503, 504];
/** They do not pass by themselves, whatever their status. */
const LASTING = ['capacity_reached', 'address_invalid'];

async function answered<Value>(request: Promise<Value>): Promise<Value> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw new Unreachable(lastWords(error), { cause: error });
    const { code, status, message, remediation, problem } = error;
    if (PASSING.includes(status) && !LASTING.includes(code)) throw new Unreachable(message, { cause: error });
    const refused = new Refused({ code, status, message, remediation, details: problem });
    throw status >= 500 ? new Unreachable(message, { cause: error, fault: refused }) : refused;
  }
}

const lastWords = (error: unknown): string => (error instanceof Error ? error.message : String(error));
