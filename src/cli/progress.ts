import type { EventView, RunView } from '../client/index.ts';
import { bar, cut, moment, oneLine, span } from './layout.ts';

type Step = RunView['steps'][number];
type Task = RunView['tasks'][number];

/** What there is to see of a run: a line for each step, and what waits for a person. */
export interface Progress {
  readonly head: string;
  readonly steps: readonly string[];
  readonly asks: readonly string[];
}

const BAR = 16;

export function progressOf(run: RunView, width: number): Progress {
  const names = Math.max(0, ...run.steps.map(({ id }) => id.length));
  const used = `${run.usage.tasks} tasks${run.usage.tokens > 0 ? `, ${run.usage.tokens} tokens` : ''}`;
  const until = run.endedAt ?? (hasEnded(run) ? run.updatedAt : Date.now());
  const ran = span(until - run.createdAt);
  return {
    head: cut(
      `${run.verdict.verdict}: ${oneLine(run.verdict.reason)}  (${used}, ${ran})  ${run.id}  ${run.definition.id}`,
      width,
    ),
    steps: run.steps.map((step) => cut(stepLine(step, names), width)),
    asks: run.tasks.flatMap(asksOf).map((line) => cut(line, width)),
  };
}

/** Steps with a bar stand still between two of these, where lines cannot be drawn again. */
export const countsOf = ({ status, progress, round }: Step): string =>
  [status, round, progress.total, progress.succeeded, progress.failed, progress.skipped].join('/');

function stepLine(step: Step, width: number): string {
  const { total, active, succeeded, failed, skipped } = step.progress;
  const done = succeeded + failed + skipped;
  const fraction = total > 0 ? done / total : step.status === 'pending' ? 0 : 1;
  const notes = [
    ...(step.round > 1 ? [`round ${step.round}`] : []),
    ...(active > 0 ? [step.kind === 'approval' ? 'waits for a decision' : `${active} active`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...step.waits.map(waitNote),
    ...(step.children.length > 0 ? [`${step.children.length} child runs`] : []),
    ...(step.failure ? [oneLine(`${step.failure.code}: ${step.failure.message}`)] : []),
  ];
  const count = step.fanOut && total > 0 ? `${done}/${total}` : step.status;
  return [step.id.padEnd(width), bar(fraction, BAR), count, ...notes].join('  ');
}

const waitNote = ({ until, signal }: Step['waits'][number]): string =>
  signal === null ? `waits until ${moment(until)}` : `waits for the signal ${signal}`;

const isForPeople = (task: Task): boolean => task.by === 'human' || task.kind === 'approval';

/** What a person can do about it now. What is put aside until it is undone goes on by itself. */
const asksOf = (task: Task): string[] => {
  if (task.status === 'suspended') return task.suspension?.undo ? [] : [asideLine(task)];
  return task.status !== 'created' && isForPeople(task) ? [askLine(task)] : [];
};

const asideLine = (task: Task): string => `put aside: ${whatOf(task)}  →  humanos task resume ${task.id}`;

const whatOf = (task: Task): string =>
  oneLine(task.description ?? (task.kind === 'approval' ? 'a decision' : task.step));

const askLine = (task: Task): string => {
  const what = whatOf(task);
  const who = task.assignee ?? (task.from.length > 0 ? task.from.join(' or ') : 'a person');
  return task.kind === 'approval'
    ? `asks ${who}: ${what}  →  humanos approve ${task.id}`
    : `asks ${who}: ${what}  →  humanos show ${task.id}`;
};

const RUN_ENDS = ['run.completed', 'run.failed', 'run.rejected', 'run.cancelled', 'run.stopped'];
/** After this event there is nothing to wait for, unless somebody resumes the run. */
export const isEnd = ({ type }: EventView): boolean => RUN_ENDS.includes(type);

const ENDED = ['completed', 'failed', 'rejected', 'cancelled', 'stopped'];
export const hasEnded = ({ status }: Pick<RunView, 'status'>): boolean => ENDED.includes(status);

/** Events that are worth a line of their own where lines cannot be drawn again; null for the others. */
export function eventLine({ type, payload, actor }: EventView): string | null {
  const text = (member: string): string => {
    const value = payload[member];
    return typeof value === 'string' ? oneLine(value) : '';
  };
  const why = failureIn(payload);
  const feedback = oneLine(JSON.stringify(payload['feedback'] ?? ''));
  switch (type) {
    case 'task.failed':
    case 'step.failed':
    case 'slot.failed':
      return `${type.replace('.', ' ')}  ${text('task') || text('step')}${why}`;
    case 'task.decided':
      return `${actor} decided on ${text('task')}: ${String((payload['decision'] as { outcome?: string } | undefined)?.outcome)}`;
    case 'task.escalated':
      return `${text('task')} escalated to ${text('to')}`;
    case 'run.redone':
      return `sent back ${text('phase') ? `to ${text('phase')}` : `by ${text('by')}`}${payload['hidden'] ? '' : `: ${feedback}`}`;
    case 'compensation.opened':
      return `what ${text('of')} did is undone`;
    case 'run.paused':
    case 'run.stopped':
    case 'run.resumed':
    case 'run.cancelled':
      return `${type.slice(4)}${byWhom(actor)}${why || (text('reason') ? `: ${text('reason')}` : '')}`;
    case 'run.closing':
      return closingLine(payload['end'] as unknown as End, actor);
    default:
      return null;
  }
}

/** Nobody is named for what comes of itself. */
const byWhom = (actor: string): string => (actor.startsWith('system:') ? '' : ` by ${actor}`);

const failureIn = (payload: object): string => {
  const { failure } = payload as { failure?: { code?: string; message?: string } };
  return failure ? `: ${oneLine(`${failure.code}: ${failure.message}`)}` : '';
};

interface End {
  readonly status: 'cancelled' | 'rejected' | 'failed';
  readonly reason?: string | null;
}
const closingLine = (end: End, actor: string): string => {
  const why = end.reason ? `: ${oneLine(end.reason)}` : failureIn(end);
  return end.status === 'failed' ? `is about to fail${why}` : `is being ${end.status}${byWhom(actor)}${why}`;
};
