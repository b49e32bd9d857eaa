import type { Launch, RunState, Verdict } from '../engine/index.ts';
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
