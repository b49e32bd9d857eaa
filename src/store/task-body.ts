import type { Json } from '../definition/json.ts';
import type { TaskRow } from './port.ts';

/** A task's row without what stands in columns, as the text that databases keep of it. */
type Column =
  | 'id'
  | 'run'
  | 'step'
  | 'kind'
  | 'status'
  | 'by'
  | 'priority'
  | 'assignee'
  | 'token'
  | 'leaseUntil';

/** What a body leaves out when it is so, which is most of a task most of the time. */
const plainest = (): Omit<TaskRow, Column | 'layer' | 'createdAt'> => ({
  slot: 0,
  round: 1,
  attempt: 1,
  description: null,
  requires: [],
  from: [],
  level: null,
  safety: 'reversible',
  excluded: [],
  separate: [],
  offeredTo: null,
  routed: 0,
  deadline: null,
  input: null,
  output: null,
  failure: null,
  reason: null,
  skippable: false,
  losses: 0,
  progress: null,
  usage: { tokens: 0, cost: 0 },
  approval: null,
  rules: null,
  activateAt: null,
  deadlines: [],
  suspension: null,
  notes: null,
  help: [],
  passed: [],
  predone: false,
  timed: 0,
  startedAt: null,
  endedAt: null,
});
const PLAINEST = plainest() as unknown as Readonly<Record<string, Json>>;

/** What a body holds; the compiler holds `plainest` to name all that is no column and always there. */
const BODY = [
  'layer',
  'createdAt',
  'restsOn',
  'takenAs',
  'givenBack',
  'claim',
  ...Object.keys(PLAINEST),
] as readonly (keyof TaskRow)[];

/** What a body says, and what it leaves out. */
export const readTaskBody = (text: string): Omit<TaskRow, Column> => ({
  ...plainest(),
  ...(JSON.parse(text) as Pick<TaskRow, 'layer' | 'createdAt' | 'restsOn'>),
});

export function taskBody(task: TaskRow): string {
  const body: Record<string, unknown> = {};
  for (const key of BODY) if (!isPlain(task[key], PLAINEST[key])) body[key] = task[key];
  return JSON.stringify(body);
}

function isPlain(value: unknown, plain: Json | undefined): boolean {
  if (value === plain) return true;
  if (typeof plain !== 'object' || plain === null || typeof value !== 'object' || value === null)
    return false;
  if (Array.isArray(plain)) return Array.isArray(value) && value.length === 0;
  const members = plain as Readonly<Record<string, unknown>>;
  for (const key in members) if ((value as Record<string, unknown>)[key] !== members[key]) return false;
  return true;
}
