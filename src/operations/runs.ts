import { type Attribution, type Command, type RunState } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import {
  chainOf,
  isListedByState,
  newAsking,
  summaryOf,
  type Asking,
  type Outcome,
  type Receipt,
} from '../runtime/index.ts';
import type { RunRow } from '../store/index.ts';
import { verdictOf } from '../engine/index.ts';
import { oversteppedInOne } from './acting.ts';
import { absent } from './archived.ts';
import { artifactProblem } from './artifacts.ts';
import { wantedRows } from './bounded.ts';
import { write, type Call, type Context, type Idempotency, type Read } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import { unreadable } from './graphs.ts';
import { awaitsStart, byApprover, couldApprove, countedOnStart, refusesNo } from './launch.ts';
import { withoutHiddenFailure, Words } from './sight/hidden-failures.ts';
import { withoutHiddenResults } from './sight/hidden-results.ts';
import { decider } from './participants.ts';
import { asGranted } from './permissions.ts';
import { MOST_TASKS, rowView, runView, stateView } from './run-view.ts';
import type { OutputOf, Permission } from './schema/index.ts';
import type { RunSummaryView } from './schema/views.ts';
import { leftOfPage, unread, verdictNow } from './verdict.ts';
import { sightOf } from './sight/sight.ts';
import { answerableIn, seenInRun } from './sight/visibility.ts';
import { presently } from './voices.ts';

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
  const asking = newAsking();
  const { rows, next } = await wantedRows(
    input,
    (page) => store.runs(filter, page),
    async (rows) => {
      const asked = rows.filter(
        (run) =>
          (definition === undefined || run.definition === definition) &&
          (startedBy === undefined || run.startedBy === startedBy),
      );
      return awaits === undefined
        ? asked
        : awaiting(context, asked, decider(context, awaits, caller), asking);
    },
  );
  const sight = await sightOf(context);
  const left = leftOfPage(context, { caller, sight }, rows.length);
  const words = new Words(context, sight, caller);
  const shown = async (row: RunRow): Promise<RunSummaryView> =>
    withoutHiddenFailure(words, await summaryView(context, row, left), caller, () =>
      answerableIn(context, row),
    );
  const views = await Promise.all(rows.map(shown));
  // What is shown is newer than what was found by.
  return done({ rows: views.filter((view) => status?.includes(view.status) ?? true), next });
};

/** Those whose start waits for an approval of this participant. */
async function awaiting(
  context: Context,
  rows: readonly RunRow[],
  approver: Passport | null,
  asking: Asking,
): Promise<RunRow[]> {
  if (!approver) return [];
  const awaits = await Promise.all(
    rows.map(async ({ id }) => {
      const run = await context.runtime.runs.state(id).catch(unreadable);
      return run ? awaitsStart(context, run, approver, asking) : false;
    }),
  );
  return rows.filter((_, at) => awaits[at]);
}

/** Of a run that is under way, or waits for its start, the verdict depends on who there is, and on its state. */
async function summaryView(
  context: Context,
  row: RunRow,
  left: ReturnType<typeof leftOfPage>,
): Promise<RunSummaryView> {
  const { runs } = context.runtime;
  const found = isListedByState(row.status) ? await runs.state(row.id).catch(unreadable) : null;
  if (found) {
    const verdict = await verdictNow(found, context, left);
    return stateView(found.state, verdict);
  }
  const summary = summaryOf(row);
  const { failure, open, hold } = summary;
  const verdict =
    found === undefined
      ? unread(`${row.definition}@${row.definitionVersion}`)
      : verdictOf(row.status, failure, open, { hold });
  return rowView(row, summary, verdict);
}

export const getRun: Read<'workflow.get_run'> = async (context, { input: { id, results }, caller }) => {
  const { runtime } = context;
  const sight = await sightOf(context);
  const found = await runtime.runs.state(id);
  if (!found) return absent(context, id);
  const { state, graph } = found;
  const verdict = await verdictNow(found, context, leftOfPage(context, { caller, sight }));
  const tasks = Object.values(state.tasks).slice(0, MOST_TASKS);
  const open = await seenInRun(context, tasks, { run: state, graph }, caller, sight);
  const view = runView(state, graph, verdict, results, runtime, open);
  return done(await withoutHiddenResults(context, view, graph, caller, sight));
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

/** What is decided about with the state of the run (VOICE-3). */
interface Decided {
  readonly by?: (state: RunState | undefined) => Attribution;
  readonly now: (state: RunState | undefined) => Command | Refused;
}

/** A command on a run as a whole, on the authority of the role that allows it. */
const onRun = <Name extends RunOperation>(
  name: Name,
  permission: Permission,
  commandOf: (input: Call<Name>['input'], context: Context, caller: Passport) => Command | Promise<Command>,
  refusal: (context: Context, call: Call<Name>) => Promise<Refused | null> = async () => null,
  decided: (
    context: Context,
    call: Call<Name>,
    command: Command,
  ) => Decided | null | Promise<Decided | null> = () => null,
) =>
  write<Name, Receipt>(name, {
    async act(context, call): Promise<Outcome<Receipt>> {
      const refused = await refusal(context, call);
      if (refused) return refused;
      const { input, caller, idempotency } = call;
      const command = await commandOf(input, context, caller);
      const granted = (): Attribution => asGranted(presently(context, caller), permission);
      const { by = granted, now } = (await decided(context, call, command)) ?? {};
      const outcome = await context.runtime.runs.execute(input.id, command, by, {
        ...(now && { now }),
        ...(idempotency && { idempotency: withoutTasks(idempotency) }),
      });
      return outcome.ok || outcome.rejection.code !== 'run_unknown' ? outcome : absent(context, input.id);
    },
    answer: (_, receipt) => receiptOf(receipt) as OutputOf<Name>,
  });

const reasoned =
  (type: 'approve' | 'reject' | 'pause' | 'stop') =>
  ({ reason }: { reason?: string | undefined }): Command => ({ type, reason });

async function onlyPeople(
  _: Context,
  { caller }: Call<'workflow.approve' | 'workflow.reject'>,
): Promise<Refused | null> {
  return caller.kind === 'human'
    ? null
    : no(
        'human_required',
        `${caller.name} is ${caller.kind === 'agent' ? 'an agent' : 'a system'}: the start of a run is decided by a person.`,
      );
}

export const approveRun = onRun(
  'workflow.approve',
  'runs.approve',
  reasoned('approve'),
  onlyPeople,
  (context, { caller }, command) => ({
    by: (state) => byApprover(context, state, caller),
    now: (state) =>
      state && command.type === 'approve' ? countedOnStart(context, state, caller, command) : command,
  }),
);
export const rejectRun = onRun(
  'workflow.reject',
  'runs.approve',
  reasoned('reject'),
  onlyPeople,
  (context, { caller }, command) => ({
    by: (state) => byApprover(context, state, caller),
    now: (state) => (state && refusesNo(context, state, caller)) ?? command,
  }),
);
export const pauseRun = onRun('workflow.pause', 'runs.operate', reasoned('pause'));
export const stopRun = onRun('workflow.stop', 'runs.operate', reasoned('stop'));
export const cancelRun = onRun(
  'workflow.cancel',
  'runs.operate',
  ({ reason, cause, recovery, keep, runs }) => ({
    type: 'cancel',
    recovery,
    keep,
    reason,
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
    reason,
    ...(cause && { cause }),
  }),
  async (_, { caller }) =>
    caller.kind === 'human' ? null : no('human_required', 'That a run goes back is decided by a person.'),
);
export const resumeRun = onRun(
  'workflow.resume',
  'runs.operate',
  ({ limits }) => ({ type: 'resume', ...(limits && { limits }) }),
  undefined,
  // Higher limits are approved with it: under a delegation only where that covers it, as it is then.
  async (context, { input: { id, limits }, caller }, command) => {
    const { edition } = context.runtime.organisation;
    const { known } = edition;
    if (!limits || (await oversteppedInOne(context, caller, 'workflow.approve', { id }))) return null;
    return {
      now: (state) =>
        state && command.type === 'resume' && (chainOf(caller) === null || edition.known === known)
          ? { ...command, as: couldApprove(context, state, caller) }
          : command,
    };
  },
);
export const signalRun = onRun(
  'workflow.signal',
  'runs.operate',
  ({ signal, payload }) => ({ type: 'signal', signal, payload }),
  (context, { input: { payload } }) => artifactProblem(context, payload),
);
