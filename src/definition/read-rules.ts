import type { AuthoredStep } from './schema.ts';
import { USUAL_RULES, type TaskRules } from './task-rules.ts';

type AuthoredTask = NonNullable<AuthoredStep['task']>;

/** Null where nothing is said that a task of people would not have anyway. */
export function readRules(task: AuthoredTask): TaskRules | null {
  const { privileges = {}, visibility = {}, activate = null } = task;
  const says = RULES.some((key) => task[key] !== undefined);
  if (!says) return null;
  return {
    stakeholders: list(task.stakeholders),
    administrators: list(task.administrators),
    privileges: Object.fromEntries(
      Object.entries(privileges).map(([role, { grant = [], withdraw = [] }]) => [role, { grant, withdraw }]),
    ),
    delegates: task.delegates ?? USUAL_RULES.delegates,
    commence: task.commence ?? null,
    help: task.help ?? USUAL_RULES.help,
    activation: activate,
    visibility: { unallocated: visibility.unallocated ?? null, allocated: visibility.allocated ?? null },
  };
}
const RULES = [
  'stakeholders',
  'administrators',
  'privileges',
  'delegates',
  'commence',
  'help',
  'activate',
  'visibility',
] as const satisfies readonly (keyof AuthoredTask)[];

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;
