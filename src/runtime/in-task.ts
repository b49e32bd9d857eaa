import type { RunState } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { byTask } from './authority.ts';

/** Whoever acts on a task, on the authority that the task and its definition give; without a run the command is refused anyway. */
export const inTask = (passport: Passport, id: string) => (state: RunState | undefined) =>
  byTask(passport, state?.tasks[id] ?? NOBODY, state?.definition ?? UNKNOWN);
const NOBODY = { from: [] };
const UNKNOWN = { id: 'unknown', version: 0 };
