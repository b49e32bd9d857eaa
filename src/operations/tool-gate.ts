import {
  callsOf,
  taskOfRequest,
  toolAnswer,
  type Command,
  type RunState,
  type ToolCall,
} from '../engine/index.ts';
import { hasTool, type Passport } from '../routing/index.ts';
import { byTask, type Outcome, type Receipt } from '../runtime/index.ts';
import type { TaskRow } from '../store/index.ts';
import { artifactProblem } from './artifacts.ts';
import { write, type Call, type Context, type Read } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import { grantOf } from './permissions.ts';
import type { ToolAnswer } from './schema/tools.ts';
import { isActualOwner } from './tasks/access.ts';
import { tokenOf } from './tasks/holder.ts';
import { findTask, UNKNOWN } from './tasks/tasks.ts';
import { sightOf } from './sight/sight.ts';
import { isSeen } from './sight/visibility.ts';
import { presently } from './voices.ts';

/**
 * The tool gate: what the holder of a task may call.
 *
 * GATE-4  Only the holder asks, uses and tells, with the fencing token of its claim.
 * GATE-5  A request is seen by whoever holds its task, or may read runs and sees the task (SEE-2).
 * GATE-6  Whoever asks for a call, or begins it, has the tool when that is decided, and not only when the request came (VOICE-3).
 */
type ToolWrite = 'tool.request' | 'tool.use' | 'tool.done' | 'tool.failed';

const onTool = <Name extends ToolWrite>(
  name: Name,
  commandOf: (input: Call<Name>['input'], held: { task: string; token: number }) => Command,
  refusal: (context: Context, call: Call<Name>, task: TaskRow) => Promise<Outcome<never> | null> = async () =>
    null,
) =>
  write<Name, ToolAnswer>(name, {
    async act(context, call) {
      const { input, caller, idempotency } = call;
      const given = input as { readonly id: string; readonly token?: number };
      const id = name === 'tool.request' ? given.id : taskOfRequest(given.id);
      const found = await findTask(context, id);
      if (!found.ok)
        return name === 'tool.request'
          ? found
          : no('tool_request_unknown', `There is no request ${given.id}.`);
      const token = await tokenOf(context, found.value, caller, given.token);
      if (!token.ok) return token;
      const refused = await refusal(context, call, found.value);
      if (refused && !refused.ok) return refused;
      const command = commandOf(input, { task: id, token: token.value });
      const outcome = await context.runtime.runs.execute(
        found.value.run,
        command,
        (state) => byTask(caller, found.value, state?.definition ?? UNKNOWN),
        {
          now: (state) => misfit(presently(context, caller), calledBy(command, state)) ?? command,
          ...(idempotency && { idempotency: { ...idempotency, keeps: () => false } }),
        },
      );
      return outcome.ok ? done(answerIn(outcome.value)) : outcome;
    },
    answer: (_, recorded) =>
      ('answer' in recorded ? answerIn(recorded as unknown as Receipt) : recorded) as never,
  });

const answerIn = ({ answer }: Receipt): ToolAnswer => answer as unknown as ToolAnswer;

/** The tool that is to be called with it; null where nothing is. */
const calledBy = (command: Command, state: RunState | undefined): string | null => {
  if (command.type === 'tool.request') return command.tool;
  if (command.type !== 'tool.use' || !state) return null;
  return callsOf(state, command.task)[command.request]?.tool ?? null;
};

/** GATE-6 */
const misfit = (caller: Passport, tool: string | null): Refused | null =>
  tool === null || hasTool(caller, tool)
    ? null
    : no(
        'tool_not_allowed',
        `${caller.name} has the tools ${caller.tools?.join(', ') || 'none'}, and not ${tool}.`,
      );

export const requestTool = onTool(
  'tool.request',
  (input, held) => ({
    type: 'tool.request',
    ...held,
    call: input.call,
    tool: input.tool,
    class: input.class ?? null,
    arguments: input.arguments,
  }),
  (context, { input }) => artifactProblem(context, input.arguments),
);

export const useTool = onTool('tool.use', ({ id, digest }, held) => ({
  type: 'tool.use',
  ...held,
  request: id,
  digest,
}));

export const toolDone = onTool(
  'tool.done',
  ({ id, result }, held) => ({ type: 'tool.done', ...held, request: id, result }),
  (context, { input }) => artifactProblem(context, input.result),
);

export const toolFailed = onTool('tool.failed', ({ id, code, message, effect }, held) => ({
  type: 'tool.failed',
  ...held,
  request: id,
  code,
  message,
  effect,
}));

export const getTool: Read<'tool.get'> = async (context, { input: { id, waitSeconds }, caller, signal }) => {
  const until = context.clock.now() + waitSeconds * 1000;
  const task = await findTask(context, taskOfRequest(id));
  if (!task.ok) return no('tool_request_unknown', `There is no request ${id}.`);
  if (!isActualOwner(context, task.value, caller) && !(await mayLook(context, task.value, caller)))
    return no('not_holder', `${caller.name} does not hold the task that made request ${id}.`);
  for (;;) {
    const heard = newsOf(context, task.value.run, until, signal);
    try {
      const call = await callIn(context, task.value, id);
      if (!call) return no('tool_request_unknown', `There is no request ${id}, or its task has ended.`);
      if (call.status !== 'waiting' || context.clock.now() >= until || signal?.aborted)
        return done(toolAnswer(call) as unknown as ToolAnswer);
      await heard.news;
    } finally {
      heard.end();
    }
  }
};

const mayLook = async (context: Context, task: TaskRow, caller: Passport): Promise<boolean> =>
  grantOf(caller, 'read') !== null && isSeen(context, task, caller, await sightOf(context));

const callIn = async (
  { runtime }: Context,
  { run, id: task }: TaskRow,
  id: string,
): Promise<ToolCall | null> => {
  const found = await runtime.runs.state(run);
  return (found && callsOf(found.state, task)[id]) ?? null;
};

/** Resolves when something has happened in the run, when the time is over, or when nobody waits any more. */
const newsOf = ({ runtime, clock }: Context, run: string, until: number, signal: AbortSignal | undefined) => {
  let tell: () => void = () => {};
  const news = new Promise<void>((resolve) => (tell = resolve));
  const unsubscribe = runtime.feed.subscribe((entries) => {
    if (entries.some(({ stream }) => stream === run)) tell();
  });
  const cancel = clock.after(Math.max(0, until - clock.now()), tell);
  signal?.addEventListener('abort', tell);
  const end = (): void => {
    unsubscribe();
    cancel();
    signal?.removeEventListener('abort', tell);
  };
  return { news, end };
};
