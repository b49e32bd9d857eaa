import { givesOut, type Command } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { summaryOf, type Outcome, type Receipt } from '../runtime/index.ts';
import type { RunRow } from '../store/index.ts';
import { verdictOf } from '../engine/index.ts';
import { absent } from './archived.ts';
import { artifactProblem } from './artifacts.ts';
import { wantedRows } from './bounded.ts';
import { write, type Call, type Context, type Idempotency, type Read } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import { awaitsStart, mayDecideOnStart, refusesStart, speaksFor } from './launch.ts';
import { decider } from './participants.ts';
import { asGranted } from './permissions.ts';
import { MOST_TASKS, rowView, runView, stateView } from './run-view.ts';
import type { OutputOf, Permission } from './schema/index.ts';
import type { RunSummaryView } from './schema/views.ts';
import { verdictBelow, verdictFor } from './verdict.ts';
import { sees, sightOf } from './visibility.ts';

export const startRun = write<'workflow.start', Receipt>('workflow.start', {
  act({ runtime }, { input, caller, idempotency }) {
    const { definition, version, input: given, priority, hold, sources } = input;
    const request = {
      definition,
      input: given,
      priority,
      hold,
      ...(version !== undefined && { version }),
      ...(sources && { sources }),
    };
    return runtime.startRun(request, asGranted(caller, 'runs.operate'), withoutTasks(idempotency));
  },
  answer: (_, receipt) => receiptOf(receipt),
});

/** The answer names no task, so that none has to be recorded for repetitions. */
const withoutTasks = <Given extends Idempotency | undefined>(idempotency: Given) =>
  idempotency && { ...idempotency, keeps: () => false };

const receiptOf = ({ run, status, sequence }: Receipt): OutputOf<'workflow.start'> => ({
  id: run,
  status,
  sequence,
});

const WAITING = 'pending_approval' as const;

export const listRuns: Read<'workflow.list_runs'> = async (context, { input, caller }) => {
  const { definition, parent, startedBy, awaits } = input;
  const status =
    awaits === undefined ? input.status : [WAITING].filter((one) => input.status?.includes(one) ?? true);
  const filter = {
    ...(status && { status }),
    ...(parent !== undefined ? { parent } : definition !== undefined ? { definition } : {}),
    ...(parent === undefined && definition === undefined && startedBy !== undefined && { startedBy }),
  };
  const { store } = context.runtime;
  const { rows, next } = await wantedRows(
    input,
    (page) => store.runs(filter, page),
    async (rows) => {
      const asked = rows.filter(
        (run) =>
          (definition === undefined || run.definition === definition) &&
          (startedBy === undefined || run.startedBy === startedBy),
      );
      return awaits === undefined ? asked : awaiting(context, asked, decider(context, awaits, caller));
    },
  );
  const views: RunSummaryView[] = [];
  for (const row of rows) views.push(await summaryView(context, row));
  return done({ rows: views, next });
};

/** Those whose start waits for an approval of this participant. */
async function awaiting(
  context: Context,
  rows: readonly RunRow[],
  approver: Passport | null,
): Promise<RunRow[]> {
  if (!approver) return [];
  const awaits = await Promise.all(
    rows.map(async ({ id }) => {
      const run = await context.runtime.runs.state(id);
      return run !== null && awaitsStart(context, run.state, approver);
    }),
  );
  return rows.filter((_, at) => awaits[at]);
}

/** Where nobody is at work, what a run waits for, and whom a start waits for, shows in the state alone; other runs need none. */
async function summaryView({ runtime }: Context, row: RunRow): Promise<RunSummaryView> {
  const summary = summaryOf(row);
  const { approvals, people, working, unassigned } = summary.open;
  const isOpen = givesOut(row.status) && (working === 0 || approvals + people + unassigned > 0);
  const found = isOpen || row.status === 'pending_approval' ? await runtime.runs.state(row.id) : null;
  if (found) {
    const below = await verdictBelow(found.state, runtime);
    return stateView(found.state, verdictFor(found.state, runtime, below));
  }
  return rowView(row, summary, verdictOf(row.status, summary.failure, summary.open));
}

export const getRun: Read<'workflow.get_run'> = async (context, { input: { id, results }, caller }) => {
  const { runtime } = context;
  const sight = await sightOf(context);
  const found = await runtime.runs.state(id);
  if (!found) return absent(context, id);
  const { state, graph } = found;
  const below = await verdictBelow(state, runtime);
  const open = Object.values(state.tasks)
    .slice(0, MOST_TASKS)
    .filter((task) => sees(context, task, state, caller, sight));
  return done(runView(state, graph, verdictFor(state, runtime, below), results, runtime, open));
};

type RunOperation =
  | 'workflow.approve'
  | 'workflow.reject'
  | 'workflow.pause'
  | 'workflow.stop'
  | 'workflow.resume'
  | 'workflow.cancel'
  | 'workflow.rollback'
  | 'workflow.signal';

/** A command on a run as a whole, on the authority of the role that allows it. */
const onRun = <Name extends RunOperation>(
  name: Name,
  permission: Permission,
  commandOf: (input: Call<Name>['input'], context: Context, caller: Passport) => Command | Promise<Command>,
  refusal: (context: Context, call: Call<Name>) => Promise<Refused | null> = async () => null,
) =>
  write<Name, Receipt>(name, {
    async act(context, call): Promise<Outcome<Receipt>> {
      const refused = await refusal(context, call);
      if (refused) return refused;
      const { input, caller, idempotency } = call;
      const by = asGranted(caller, permission);
      const command = await commandOf(input, context, caller);
      const outcome = await context.runtime.runs.execute(input.id, command, by, {
        ...(idempotency && { idempotency: withoutTasks(idempotency) }),
      });
      return outcome.ok || outcome.rejection.code !== 'run_unknown' ? outcome : absent(context, input.id);
    },
    answer: (_, receipt) => receiptOf(receipt) as OutputOf<Name>,
  });

const reasoned =
  (type: 'approve' | 'reject' | 'pause' | 'stop') =>
  ({ reason }: { reason?: string | undefined }): Command => ({
    type,
    ...(reason !== undefined && { reason }),
  });

async function notOwnStart(
  context: Context,
  { input: { id }, caller }: Call<'workflow.approve'>,
): Promise<Refused | null> {
  if (caller.kind !== 'human')
    return no(
      'human_required',
      `${caller.name} is ${caller.kind === 'agent' ? 'an agent' : 'a system'}: the start of a run is decided by a person.`,
    );
  const found = await context.runtime.runs.state(id);
  return found ? refusesStart(context, found.state, caller) : absent(context, id);
}

/** The parties for which the caller decides on the start; null where nobody is named. */
async function partiesOf(context: Context, id: string, caller: Passport): Promise<readonly string[] | null> {
  const found = await context.runtime.runs.state(id);
  return found && speaksFor(context, found.state, caller);
}

async function onlyPeople(_: Context, { caller }: Call<'workflow.reject'>): Promise<Refused | null> {
  return caller.kind === 'human' ? null : no('human_required', 'The start of a run is decided by a person.');
}

export const approveRun = onRun(
  'workflow.approve',
  'runs.approve',
  async ({ id, reason }, context, caller) => {
    const as = await partiesOf(context, id, caller);
    return { type: 'approve', ...(reason !== undefined && { reason }), ...(as && { as }) };
  },
  notOwnStart,
);
export const rejectRun = onRun(
  'workflow.reject',
  'runs.approve',
  reasoned('reject'),
  async (context, call) => (await onlyPeople(context, call)) ?? mayReject(context, call),
);

/** Whoever decides on it may say no, and so may whoever approves runs. */
async function mayReject(context: Context, { input: { id }, caller }: Call<'workflow.reject'>) {
  const as = await partiesOf(context, id, caller);
  return as !== null && as.length > 0 ? null : mayDecideOnStart(caller, null);
}
export const pauseRun = onRun('workflow.pause', 'runs.operate', reasoned('pause'));
export const stopRun = onRun('workflow.stop', 'runs.operate', reasoned('stop'));
export const cancelRun = onRun(
  'workflow.cancel',
  'runs.operate',
  ({ reason, cause, recovery, keep, runs }) => ({
    type: 'cancel',
    recovery,
    keep,
    ...(reason !== undefined && { reason }),
    ...(cause && { cause }),
    ...(runs === 'all' && { all: true }),
  }),
);
export const rollbackRun = onRun(
  'workflow.rollback',
  'runs.operate',
  ({ phase, reason, cause }) => ({
    type: 'rollback',
    phase,
    ...(reason !== undefined && { reason }),
    ...(cause && { cause }),
  }),
  async (_, { caller }) =>
    caller.kind === 'human' ? null : no('human_required', 'That a run goes back is decided by a person.'),
);
export const resumeRun = onRun('workflow.resume', 'runs.operate', ({ limits }) => ({
  type: 'resume',
  ...(limits && { limits }),
}));
export const signalRun = onRun(
  'workflow.signal',
  'runs.operate',
  ({ signal, payload }) => ({ type: 'signal', signal, payload }),
  (context, { input: { payload } }) => artifactProblem(context, payload),
);
