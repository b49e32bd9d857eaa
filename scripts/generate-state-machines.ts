/** Makes `docs/state-machines.md` from the tables that the engine itself decides by. */
import { writeFileSync } from 'node:fs';
import {
  APPROVAL_NEXT,
  isRunFinal,
  isTaskFinal,
  RUN_COMMANDS,
  RUN_PROGRESS,
  TASK_COMMANDS,
  TASK_ROUTING,
  type RunStatus,
  type TaskStatus,
} from '../src/engine/lifecycle.ts';
import { TASK_ROLES } from '../src/engine/tasks/roles.ts';
import { DELEGATION_COMMANDS, type DelegationStatus } from '../src/routing/delegation.ts';

type CommandTable = Readonly<Record<string, Readonly<Record<string, string>>>>;
type NextTable = Readonly<Record<string, readonly string[]>>;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

const byCommand = (table: CommandTable): Edge[] =>
  Object.entries(table).flatMap(([from, row]) =>
    Object.entries(row)
      .filter(([, to]) => to !== from)
      .map(([label, to]) => ({ from, to, label })),
  );

const byItself = (table: NextTable, label: string): Edge[] =>
  Object.entries(table).flatMap(([from, next]) => next.map((to) => ({ from, to, label })));

/** One arrow for each pair of statuses, with every way to take it. */
const merged = (edges: readonly Edge[]): Edge[] => {
  const arrows = new Map<string, Edge>();
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`;
    const known = arrows.get(key);
    arrows.set(key, known ? { ...known, label: `${known.label}, ${edge.label}` } : edge);
  }
  return [...arrows.values()];
};

const diagram = (first: readonly string[], edges: readonly Edge[], final: readonly string[]): string =>
  [
    '```mermaid',
    'stateDiagram-v2',
    ...first.map((status) => `  [*] --> ${status}`),
    ...merged(edges).map(({ from, to, label }) => `  ${from} --> ${to}${label ? `: ${label}` : ''}`),
    ...final.map((status) => `  ${status} --> [*]`),
    '```',
  ].join('\n');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** What each command leads to from each status; a dot where it is refused. */
const matrix = (table: CommandTable): string => {
  const commands = [...new Set(Object.values(table).flatMap((cells) => Object.keys(cells)))];
  return [
    row(['status', ...commands.map((command) => `\`${command}\``)]),
    row(['---', ...commands.map(() => '---')]),
    ...Object.entries(table).map(([status, cells]) =>
      row([`\`${status}\``, ...commands.map((command) => cells[command] ?? '·')]),
    ),
  ].join('\n');
};

const ROLES: Readonly<Record<string, string>> = {
  potential_owner: 'PO',
  actual_owner: 'AO',
  initiator: 'TI',
  stakeholder: 'SH',
  business_administrator: 'BA',
};

/** Who may do what, by status: the short names of the roles. */
const roleMatrix = (): string => {
  const table: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = TASK_ROLES;
  const commands = [...new Set(Object.values(table).flatMap((cells) => Object.keys(cells)))];
  const statuses = Object.keys(table);
  return [
    row(['', ...statuses.map((status) => `\`${status}\``)]),
    row(['---', ...statuses.map(() => '---')]),
    ...commands.map((command) =>
      row([
        `\`${command}\``,
        ...statuses.map((status) => table[status]?.[command]?.map((role) => ROLES[role]).join(' ') ?? '·'),
      ]),
    ),
  ].join('\n');
};

const runs = Object.keys(RUN_COMMANDS) as RunStatus[];
const tasks = Object.keys(TASK_COMMANDS) as TaskStatus[];
const openTasks = tasks.filter((status) => !isTaskFinal(status));
const routed: NextTable = Object.fromEntries(
  tasks.map((status) => [status, TASK_ROUTING[status].filter((next) => next !== status)]),
);
const delegations = Object.keys(DELEGATION_COMMANDS) as DelegationStatus[];
const approvals = Object.entries(APPROVAL_NEXT);

export const stateMachines = (): string => `# State machines

Made from the tables in \`src/engine/lifecycle.ts\` and \`src/routing/delegation.ts\` by \`npm run docs\`; \`npm run verify\` fails when this page is out of date.
In the tables, a dot means that the command is refused with a stable code and changes nothing.

## Run

${diagram(
  ['pending_approval', 'running'],
  [...byCommand(RUN_COMMANDS), ...byItself(RUN_PROGRESS, '(by itself)')],
  runs.filter(isRunFinal),
)}

"By itself" is where the work of the run takes it: it completes, fails, is rejected by a human, or pauses at a limit. \`stopped\`
can be resumed and keeps finished work, and waits for the approval of its start again where that was not given; \`cancelled\` is final.

${matrix(RUN_COMMANDS)}

## Task

${diagram(
  ['created', 'ready', 'reserved', 'in_progress'],
  [
    ...byCommand(TASK_COMMANDS),
    ...byItself(routed, '(routing)'),
    ...openTasks.map((from) => ({ from, to: 'exited', label: '(the run)' })),
  ],
  tasks.filter(isTaskFinal),
)}

A task that has not ended leaves as \`exited\` when its run stops, is cancelled or goes back to an earlier phase. A task whose
holder is lost goes back to \`ready\` under a new fencing token, as after \`release\`. Routing says where a task begins, and where it
goes when it comes back or its surroundings change: \`created\` is announced before its step begins, or held back until somebody can
take it; \`ready\` is offered; \`reserved\` is somebody's to begin.

${matrix(TASK_COMMANDS)}

Who may is a table too, by the role that somebody has to the task: ${Object.entries(ROLES)
  .map(([role, short]) => `${short} ${role.replace('_', ' ')}`)
  .join(', ')}. A suspended task is taken up by whoever could act on it before. A step grants and
withdraws privileges by role (\`privileges\`).

${roleMatrix()}

## Approval

${diagram(
  ['open'],
  byItself(APPROVAL_NEXT, ''),
  approvals.filter(([, next]) => next.length === 0).map(([status]) => status),
)}

## Delegation

${diagram(
  ['proposed', 'active'],
  byCommand(DELEGATION_COMMANDS),
  delegations.filter((status) => Object.keys(DELEGATION_COMMANDS[status]).length === 0),
)}

A delegation is \`proposed\` where policies ask for an approval of it, and carries nothing until it is \`active\`. Time makes what is not
decided \`expired\`. Narrowing what is proposed has it asked for anew; where nothing is asked any more, it is \`active\` at once.

${matrix(DELEGATION_COMMANDS)}
`;

if (import.meta.main) writeFileSync(new URL('../docs/state-machines.md', import.meta.url), stateMachines());
