import { awaitsEndorsement, partiesTo, type Launch, type RunState, type Verdict } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Context } from './context.ts';
import { no, type Refused } from './outcome.ts';
import { asGranted, grantOf } from './permissions.ts';
import type { RunView } from './schema/views.ts';

/** Runs that wait for leave to begin. */
const launchOf = ({ status, boundaries }: RunState): Launch | null =>
  status === 'pending_approval' ? (boundaries?.launch ?? null) : null;

/** Copied: the state goes on changing in place. */
export const launchView = (state: RunState): RunView['launch'] => {
  const launch = launchOf(state);
  return (
    launch && {
      reasons: [...launch.reasons],
      approvals: launch.approvals.map(({ from, quorum, decided, deadline }) => ({
        from: [...from],
        quorum,
        decided: [...decided],
        deadline,
      })),
    }
  );
};

/** For whom the start waits; null where it does not. */
export function startVerdict(state: RunState): Verdict | null {
  if (state.status !== 'pending_approval') return null;
  const launch = launchOf(state);
  const open = launch?.approvals.filter(({ decided, quorum }) => decided.length < quorum) ?? [];
  const whom = open.length === 0 ? 'an approval' : open.map(waitText).join(' and ');
  const because = launch && launch.reasons.length > 0 ? `, because ${launch.reasons.join(', ')}` : '';
  const reason = `The start waits for ${whom}${because}: humanos approve ${state.run}`;
  return { verdict: 'awaiting_approval', reason };
}

const waitText = ({ from, quorum, decided, deadline }: Launch['approvals'][number]): string => {
  const left = quorum - decided.length;
  const until = deadline === null ? '' : ` until ${new Date(deadline).toISOString()}`;
  return `${left > 1 ? `${left} of ` : ''}${from.join(' or ')}${until}`;
};

// --- who decides on it ------------------------------------------------------------------------------------------------

/** Of the parties that decide on the start, those that the caller is of; null where nobody is named. */
export function speaksFor({ runtime }: Context, state: RunState, caller: Passport): readonly string[] | null {
  const { directory } = runtime.organisation;
  const known = directory.passport(caller.id);
  const named = state.boundaries?.launch?.approvals.flatMap(({ from }) => from) ?? null;
  return named && named.filter((party) => known !== null && directory.isNamed(known, party));
}

/** Where a policy names who decides on a start they do, and else whoever approves runs. */
export const mayDecideOnStart = (caller: Passport, as: readonly string[] | null): Refused | null =>
  as === null && grantOf(caller, 'runs.approve') === null
    ? no('forbidden', `${caller.name} may not decide on the start of runs.`, { permission: 'runs.approve' })
    : null;

/** Promise 5: a person says yes, and not the one for whom the run was started. */
export function refusesStart(context: Context, state: RunState, caller: Passport): Refused | null {
  const { run, startedBy, accountable, contributors } = state;
  const parties = partiesTo(asGranted(caller, 'runs.approve'));
  if (parties.some((party) => party === startedBy || party === accountable || contributors[party]))
    return no(
      'separation_of_duties',
      `Run ${run} was started for ${caller.name}, so that somebody else has to approve it.`,
    );
  return mayDecideOnStart(caller, speaksFor(context, state, caller));
}

/** Whether an approval of this person would count now, with a reason where one is asked. */
export function awaitsStart(context: Context, state: RunState, caller: Passport): boolean {
  if (state.status !== 'pending_approval' || refusesStart(context, state, caller)) return false;
  const launch = launchOf(state);
  return launch === null || awaitsEndorsement(launch, caller.id, speaksFor(context, state, caller) ?? []);
}
