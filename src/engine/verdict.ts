import type { Layer } from '../definition/graph.ts';
import { CANCELLED, type Failure } from './failure.ts';
import type { Hold } from './hold.ts';
import type { RunStatus } from './lifecycle.ts';

/** The one answer to "how is this run?" (promise 8). `missing` says what nobody can do, `layer` which layer failed. */
export interface Verdict {
  readonly verdict:
    | 'ok'
    | 'running'
    | 'awaiting_approval'
    | 'awaiting_human'
    | 'blocked'
    | 'stranded'
    | 'stopped'
    | 'failed'
    | 'rejected';
  /** Plain words: why it is so, and who can change it. */
  readonly reason: string;
  readonly layer?: Layer;
  readonly missing?: readonly string[];
}

const BY_STATUS: Partial<Record<RunStatus, Verdict>> = {
  pending_approval: { verdict: 'awaiting_approval', reason: 'The start of the run waits for approval.' },
  completed: { verdict: 'ok', reason: 'The run is completed.' },
  stopped: { verdict: 'stopped', reason: 'The run was stopped; resume it to do what is left.' },
  cancelled: { verdict: 'stopped', reason: CANCELLED },
};

/** What the open tasks of a run wait for, what goes on by itself first: the first that there is says how the run is. */
const WAITS = [
  ['working', 'running', 'Agents are at work.'],
  ['writing', 'running', 'Systems of record are at work.'],
  ['unassigned', 'running', 'Work waits for an agent to take it.'],
  ['unwritten', 'running', 'Work waits for a system of record to take it.'],
  ['reserved', 'running', 'Work waits for whoever it is reserved for.'],
  ['approvals', 'awaiting_approval', 'The run waits for an approval.'],
  ['people', 'awaiting_human', 'The run waits for a person.'],
  ['aside', 'awaiting_human', 'Work is put aside until somebody resumes it.'],
  ['inactive', 'awaiting_human', 'Work waits for an administrator to activate it.'],
] as const satisfies readonly (readonly [string, Verdict['verdict'], string])[];

/** Open tasks, counted by what they wait for. Those that wait for a time alone are in no count. */
export type Waits = Partial<Record<(typeof WAITS)[number][0], number>>;

/** What keeps a run from going on that is not in its status. */
interface Obstructions {
  /**
   * For tasks that are open and that no participant at all could do, what is missing. A run with such a task is stranded even while other
   * work of it goes on: someone has to act.
   */
  readonly missing?: readonly string[];
  /** The same of tasks that policies let nobody have. */
  readonly denied?: readonly string[];
  /** By the run it belongs to, where that is paused or stopped. */
  readonly hold?: Hold | null;
}

export const verdictOf = (
  status: RunStatus,
  failure: Failure | null,
  open: Waits,
  { missing = [], denied = [], hold = null }: Obstructions = {},
): Verdict => {
  if (hold) return { verdict: 'stopped', reason: heldBy(hold, status) };
  const fixed = BY_STATUS[status];
  if (fixed) return fixed;
  if (status === 'failed' || status === 'rejected') {
    const reason = failure ? `${failure.code}: ${failure.message}` : `The run ${status}.`;
    return { verdict: status, reason, ...(failure?.layer ? { layer: failure.layer } : {}) };
  }
  if (status === 'closing') {
    const { reason, ...verdict } = verdictOf('running', null, open, { missing, denied });
    return { ...verdict, reason: `The run is about to end. ${reason}` };
  }
  if (status === 'paused')
    return failure
      ? { verdict: 'blocked', reason: failure.message }
      : { verdict: 'stopped', reason: 'The run was paused; resume it to go on.' };
  if (missing.length > 0)
    return { verdict: 'stranded', reason: `Nobody can do what is asked: ${missing.join('; ')}.`, missing };
  if (denied.length > 0)
    return { verdict: 'blocked', reason: `Policies let nobody do what is asked: ${denied.join(' ')}` };
  for (const [wait, verdict, reason] of WAITS) if (open[wait]) return { verdict, reason };
  return { verdict: 'running', reason: 'The run waits for a time, a signal or a child run.' };
};

const heldBy = ({ parent, alone }: Hold, status: RunStatus): string =>
  alone
    ? `The run was ${status}, and run ${parent}, which it belongs to, is paused or stopped too; resume that one first.`
    : `The run is ${status} because run ${parent}, which it belongs to, is paused or stopped; it goes on with that one.`;
