import type { Draft } from './draft.ts';
import type { RunState } from './state.ts';

/** Its parent is paused or stopped. `alone`: it was also paused or stopped by itself. */
export interface Hold {
  readonly parent: string;
  readonly alone: boolean;
}

/** What keeps a child from going on beside what was asked of itself; null where nothing does, and for a run without a parent. */
export const holdOf = ({ parent, status, alone, withParent }: RunState): Hold | null =>
  parent !== null && (status === 'stopped' ? withParent || !alone : status === 'paused' && withParent)
    ? { parent: parent.run, alone: alone === true }
    : null;

/** Those that are open; those that were told to end go on with that. */
export const tellChildren = (draft: Draft, command: 'pause' | 'resume'): void => {
  for (const { slots } of draft.state.steps)
    for (const { child } of Object.values(slots))
      if (child) draft.send({ kind: 'child.command', run: child.run, command });
};
