import type { CommandOf } from './command.ts';
import type { Draft } from './draft.ts';
import type { Rejection } from './failure.ts';
import { holdOf } from './hold.ts';
import { guardRun, pause, resume, stop } from './run-commands.ts';

/** What a run tells its children when it is paused or stopped, or goes on. */
export type Following = CommandOf<'pause' | 'stop' | 'resume'> & { readonly byParent: true };

/**
 * A child is held as long as its parent is paused or stopped.
 *
 * PARENT-1  It goes on when nothing holds it any more: neither its parent, nor whoever paused or stopped it by itself.
 * PARENT-2  That its parent holds it is noted also where it is held by itself already, and nobody resumes it before its parent goes on.
 * PARENT-3  Of one whose start is still to be approved nothing is held that could be finished: where its parent pauses, it is stopped.
 */
export const followParent = (draft: Draft, command: Following): Rejection | null => {
  const { status } = draft.state;
  const hold = holdOf(draft.state);
  if (command.type === 'resume') {
    if (!hold?.alone) return guardRun(draft, 'resume') ?? resume(draft, command);
    draft.emit('run.parent_resumed', 'decide', {});
    return null;
  }
  if (!hold && (status === 'stopped' || (status === 'paused' && command.type === 'pause'))) {
    draft.emit('run.parent_halted', 'decide', {});
    return null;
  }
  return command.type === 'pause' && status !== 'pending_approval'
    ? (guardRun(draft, 'pause') ?? pause(draft, command))
    : (guardRun(draft, 'stop') ?? stop(draft, { ...command, type: 'stop' }));
};
