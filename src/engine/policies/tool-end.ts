import type { Draft } from '../draft.ts';
import { callsOf } from './state.ts';
import { cancelDeadlineTimer } from '../set-deadline.ts';
import type { Task } from '../state.ts';

/** Decisions on calls that nobody needs any more. */
export const withdrawOpen = (draft: Draft, of: string, request: string, reason: string): void => {
  for (const id of Object.keys(callsOf(draft.state, of)[request]?.open ?? {})) {
    cancelDeadlineTimer(draft, draft.state.tasks[id] as Task);
    draft.flow('tool.withdrawn', 'decide', { task: id, of, request, reason });
  }
};

/** TOOL-4: what was asked for by tasks that have ended. Before the run ends, since nothing happens after that. */
export const withdrawCalls = (draft: Draft): void => {
  for (const id of Object.keys(draft.state.boundaries?.calls ?? {})) {
    if (Object.hasOwn(draft.state.tasks, id)) continue;
    for (const request of Object.keys(callsOf(draft.state, id)))
      withdrawOpen(draft, id, request, 'the task that asked has ended');
    draft.flow('tool.closed', 'execute', { of: id });
  }
};
