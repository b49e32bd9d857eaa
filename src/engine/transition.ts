import type { Graph } from '../definition/graph.ts';
import { advance } from './advance.ts';
import type { Command, CommandOf, Moment, Transition } from './command.ts';
import { decideTask } from './approvals/decide.ts';
import { Draft } from './draft.ts';
import { endChild } from './end-child.ts';
import { refuse, type Rejection } from './failure.ts';
import { followParent, type Following } from './follow-parent.ts';
import { forceComplete, forceFail, restart } from './force.ts';
import { advanceTimer } from './ids.ts';
import { isRunFinal, type RunCommand } from './lifecycle.ts';
import {
  approve,
  cancel,
  guardRun,
  pause,
  reject,
  resume,
  rollback,
  signal,
  start,
  stop,
} from './run-commands.ts';
import { ArtifactsNeeded } from './scope.ts';
import type { RunState } from './state.ts';
import { claim, complete, decline, expire, fail, progress, release, route, skip } from './tasks/commands.ts';
import { chainNext, predo, redo } from './out-of-turn.ts';
import { help, requestHelp } from './tasks/help.ts';
import { attach, comment, detach, saveDraft, setTask } from './tasks/notes.ts';
import {
  activate,
  delegate,
  exit,
  forward,
  nominate,
  resumeTask,
  stop as stopTask,
  suspend,
} from './tasks/passing.ts';
import { withdrawCalls } from './policies/tool-end.ts';
import { toolDone, toolFailed, useTool } from './policies/tool-use.ts';
import { requestTool } from './policies/tools.ts';
import { fireTimer } from './timers.ts';

/**
 * One command on one run: what is decided, and the state it leads to.
 *
 * RUN-1  Synchronous and total: a business refusal is a value; an exception is a fault of the engine.
 * RUN-2  The events alone, folded, give the state that is returned (promise 9).
 * RUN-3  A rejection leaves the state untouched. After `ok` or `needs` the state that was given in must not be used again.
 * RUN-4  A step's end and the opening of what follows from it are one transition.
 */
export const transition = (
  graph: Graph,
  state: RunState | null,
  command: Command,
  moment: Moment,
): Transition => {
  const draft = new Draft(graph, state, moment);
  try {
    const rejection = decide(draft, state, command);
    if (rejection) return { ok: false, rejection };
    withdrawCalls(draft);
    advance(draft);
    if (command.type === 'task.complete' && command.chain) chainNext(draft, moment.by.actor);
    goOnSoon(draft);
  } catch (error) {
    if (error instanceof ArtifactsNeeded) return { ok: false, needs: error.sha256 };
    throw error;
  }
  const { events, effects, artifacts, touched, answer } = draft;
  return { ok: true, state: draft.state, events, effects, artifacts, answer, tasks: [...touched.values()] };
};

/** FLOW-6 */
const goOnSoon = (draft: Draft): void => {
  const { state, moment } = draft;
  if (draft.isHoldingBack && !isRunFinal(state.status))
    draft.setTimer(advanceTimer(state), moment.now, { kind: 'advance' });
};

const decide = (draft: Draft, state: RunState | null, command: Command): Rejection | null => {
  if (command.type === 'start')
    return state ? refuse('run_exists', `Run ${command.run} exists already.`) : start(draft, command);
  if (!state) return refuse('run_unknown', 'There is no such run.');
  if ('byParent' in command) return followParent(draft, command as Following);
  const refusal = command.type in ON_RUN ? guardRun(draft, command.type as RunCommand) : null;
  return refusal ?? (HANDLERS[command.type] as Handler<Command>)(draft, command);
};

type Handler<C extends Command> = (draft: Draft, command: C) => Rejection | null;

const ON_RUN: { [Type in RunCommand]: Handler<CommandOf<Type>> } = {
  approve,
  reject,
  pause,
  stop,
  resume,
  cancel,
  rollback,
  signal,
};

const HANDLERS: { [Type in Exclude<Command['type'], 'start'>]: Handler<CommandOf<Type>> } = {
  ...ON_RUN,
  timer: (draft, { what }) => fireTimer(draft, what),
  'child.end': endChild,
  'task.claim': claim,
  'task.start': claim,
  'task.progress': progress,
  'task.complete': complete,
  'task.fail': fail,
  'task.release': release,
  'task.decline': decline,
  'task.route': route,
  'task.expire': expire,
  'task.skip': skip,
  'task.activate': activate,
  'task.nominate': nominate,
  'task.stop': stopTask,
  'task.suspend': suspend,
  'task.resume': resumeTask,
  'task.delegate': delegate,
  'task.forward': forward,
  'task.exit': exit,
  'task.comment': comment,
  'task.attach': attach,
  'task.detach': detach,
  'task.draft': saveDraft,
  'task.set': setTask,
  'task.request_help': requestHelp,
  'task.help': help,
  'task.force_complete': forceComplete,
  'task.force_fail': forceFail,
  'task.restart': restart,
  'task.predo': predo,
  'task.redo': redo,
  'task.decide': decideTask,
  'tool.request': requestTool,
  'tool.use': useTool,
  'tool.done': toolDone,
  'tool.failed': toolFailed,
};
