import {
  awaitsEndorsement,
  hasEndorsed,
  isOpenTo,
  partiesTo,
  voicesOf,
  type Attribution,
  type Command,
  type Launch,
  type RunState,
  type Verdict,
} from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { chainOf, mayAct, startDenialOf, type Asking, type Asks, type RunNow } from '../runtime/index.ts';
import type { Context } from './context.ts';
import { known } from './known.ts';
import { no, type Refused } from './outcome.ts';
import { asGranted, grantOf, rolesWith } from './permissions.ts';
import type { RunView } from './schema/views.ts';
import { decidingAs, inNameOf, presently, speakerOf, voiceOf, type Voice } from './voices.ts';

/** Who there is. */
type People = Pick<Context, 'runtime'>;
/** As it is now. */
type Present = Pick<Context, 'runtime' | 'clock'>;

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

/** For whom the start waits, who is missing, or why no approval lets it begin; null where it does not wait. */
export function startVerdict(found: RunNow, context: Present, asking: Asking): Verdict | null {
  const { state } = found;
  if (state.status !== 'pending_approval') return null;
  const denial = startDenialOf(known(found, context), state, asking);
  if (denial !== null) return { verdict: 'blocked', reason: denial };
  const launch = launchOf(state);
  const missing = approversMissing(state, launch, context);
  if (missing.length > 0)
    return { verdict: 'stranded', reason: `Nobody can approve the start: ${missing.join('; ')}.`, missing };
  const open = launch?.approvals.filter(({ decided, quorum }) => decided.length < quorum) ?? [];
  const whom = open.length === 0 ? 'an approval' : open.map(waitText).join(' and ');
  const because = launch && launch.reasons.length > 0 ? `, because ${launch.reasons.join(', ')}` : '';
  const reason = `The start waits for ${whom}${because}: humanos approve ${state.run}`;
  return { verdict: 'awaiting_approval', reason };
}

/** Of each approval by itself: whom it takes where fewer people than are left to decide could. Whoever is away counts. */
function approversMissing(state: RunState, launch: Launch | null, context: People): string[] {
  if (!launch) {
    const from = rolesWith('runs.approve').map((role) => `role:${role}`);
    return hasPeople(from, 1, (one) => !refusesStart(context, state, one), context) ? [] : [lackOf(from, 1)];
  }
  return launch.approvals.flatMap((approval) => {
    const { from, quorum, decided } = approval;
    const left = quorum - decided.length;
    const mayApprove = (one: Passport): boolean =>
      !hasEndorsed(approval, one.id) && !refusesStart(context, state, one);
    return left <= 0 || hasPeople(from, left, mayApprove, context) ? [] : [lackOf(from, left)];
  });
}

const lackOf = (from: readonly string[], left: number): string =>
  `${left > 1 ? `${left} times ` : ''}a person who is ${from.join(' or ')} and did not start the run`;

function hasPeople(
  from: readonly string[],
  wanted: number,
  isAble: (passport: Passport) => boolean,
  { runtime }: People,
): boolean {
  const { directory } = runtime.organisation;
  const able = new Set<string>();
  for (const party of from)
    for (const id of directory.members(party)) {
      const passport = directory.passport(id);
      if (passport?.kind === 'human' && mayAct(passport) && isAble(passport)) able.add(id);
      if (able.size >= wanted) return true;
    }
  return false;
}

const waitText = ({ from, quorum, decided, deadline }: Launch['approvals'][number]): string => {
  const left = quorum - decided.length;
  const until = deadline === null ? '' : ` until ${new Date(deadline).toISOString()}`;
  return `${left > 1 ? `${left} of ` : ''}${from.join(' or ')}${until}`;
};

// --- who decides on it ------------------------------------------------------------------------------------------------

const namedFor = ({ boundaries }: RunState): readonly string[] | null =>
  boundaries?.launch?.approvals.flatMap(({ from }) => from) ?? null;

const hasPart = ({ startedBy, accountable, contributors }: RunState, party: string): boolean =>
  party === startedBy || party === accountable || Object.hasOwn(contributors, party);

/** PERM-3. Nobody decides who got that through an agent or system. */
const isOfPeople = (caller: Passport): boolean => chainOf(caller)?.people ?? true;

/**
 * In whose voice the caller decides on the start (VOICE-1, VOICE-2); null where nobody that is named is theirs to speak for. Each approval
 * is one by itself: one that waits for them comes before one in which they stand in for somebody.
 */
function voiceOnStart(context: People, state: RunState, caller: Passport): Voice | null {
  const speaker = speakerOf(context, caller);
  const launch = state.boundaries?.launch;
  if (!speaker || !launch || !isOfPeople(caller)) return null;
  const { directory } = context.runtime.organisation;
  const voices = voicesOf(asGranted(caller, 'runs.approve'));
  const found = launch.approvals.flatMap((approval) => {
    const keeps = ({ id }: Passport): boolean => hasPart(state, id) || hasEndorsed(approval, id);
    const voice = voiceOf(directory, speaker, approval.from, keeps);
    return voice ? [{ ...voice, isOpen: isOpenTo(approval, voices) }] : [];
  });
  const open = found.filter(({ isOpen }) => isOpen);
  const isOwn = ({ isAbsent }: Voice): boolean => !isAbsent;
  const first = open.find(isOwn) ?? open.find(({ isFree }) => isFree);
  return first ?? found.find(isOwn) ?? open[0] ?? found[0] ?? null;
}

/** Of the parties that decide on the start, those that the caller speaks for; null where nobody is named. */
function speaksFor(context: People, state: RunState, caller: Passport): readonly string[] | null {
  const { directory } = context.runtime.organisation;
  const voice = voiceOnStart(context, state, caller);
  return namedFor(state)?.filter((party) => voice !== null && directory.isNamed(voice.of, party)) ?? null;
}

/** What asks for somebody's word: the approvals that name them, or those of them in which they have not spoken. */
function asksFor(
  { runtime }: People,
  { definition, boundaries }: RunState,
  { of }: Voice,
  caller: Passport,
): Asks {
  const { directory } = runtime.organisation;
  const voices = [...voicesOf(asGranted(caller, 'runs.approve')), of.id];
  const named = (boundaries?.launch?.approvals ?? []).filter(({ from }) =>
    from.some((party) => directory.isNamed(of, party)),
  );
  const waiting = named.filter((approval) => isOpenTo(approval, voices));
  const asking = waiting.length > 0 ? waiting : named;
  return {
    from: asking.flatMap(({ from }) => from),
    policies: asking.flatMap(({ restsOn }) => restsOn),
    definition,
  };
}

/** On what they decide, as on a task where they are named, and in whose name. */
export function byApprover(context: People, state: RunState | undefined, caller: Passport): Attribution {
  const now = presently(context, caller);
  const voice = state ? voiceOnStart(context, state, now) : null;
  return state && voice
    ? decidingAs(now, voice, asksFor(context, state, voice, now))
    : asGranted(now, 'runs.approve');
}

/** Where a policy names who decides on a start they do, and else whoever approves runs. */
const mayDecideOnStart = (caller: Passport, as: readonly string[] | null): Refused | null =>
  as === null && grantOf(caller, 'runs.approve') === null
    ? no('forbidden', `${caller.name} may not decide on the start of runs.`, { permission: 'runs.approve' })
    : null;

/** Promise 5: a person says yes, and not the one for whom the run was started. */
function refusesStart(context: People, state: RunState, caller: Passport): Refused | null {
  const parties = partiesTo(asGranted(caller, 'runs.approve'));
  if (parties.some((party) => hasPart(state, party))) return ownStart(state, caller);
  const voice = voiceOnStart(context, state, caller);
  if (voice && !voice.isFree)
    return hasPart(state, voice.of.id)
      ? ownStart(state, voice.of)
      : no('already_decided', `${voice.of.name} has decided on the start already, or somebody has for them.`);
  return mayDecideOnStart(caller, speaksFor(context, state, caller));
}

const ownStart = ({ run }: RunState, { name }: Passport): Refused =>
  no('separation_of_duties', `Run ${run} was started for ${name}, so that somebody else has to approve it.`);

/** VOICE-3. The approval with what it counts for, or why it does not count. */
export function countedOnStart(
  context: People,
  state: RunState,
  caller: Passport,
  command: Extract<Command, { type: 'approve' }>,
): Command | Refused {
  const now = presently(context, caller);
  const as = speaksFor(context, state, now);
  if (state.status !== 'pending_approval') return mayDecideOnStart(now, as) ?? command;
  const voice = voiceOnStart(context, state, now);
  return (
    refusesStart(context, state, now) ?? { ...command, ...(as && { as }), ...(voice && inNameOf(voice)) }
  );
}

/** Of the parties that decide on the start, those that a person is of who has no part in the run; also of one who has decided. */
export function couldApprove(context: People, state: RunState, caller: Passport): readonly string[] {
  const { directory } = context.runtime.organisation;
  const now = presently(context, caller);
  const known = speakerOf(context, now);
  const parties = partiesTo(asGranted(now, 'runs.approve'));
  if (now.kind !== 'human' || !isOfPeople(now) || !known || parties.some((party) => hasPart(state, party)))
    return [];
  return namedFor(state)?.filter((party) => directory.isNamed(known, party)) ?? [];
}

/** VOICE-3. Whoever decides on it may say no, and so may whoever approves runs. */
export function refusesNo(context: People, state: RunState, caller: Passport): Refused | null {
  const now = presently(context, caller);
  const as = speaksFor(context, state, now);
  return as !== null && as.length > 0 ? null : mayDecideOnStart(now, null);
}

/** Whether an approval of this person would count now, with a reason where one is asked. */
export function awaitsStart(context: Present, found: RunNow, caller: Passport, asking: Asking): boolean {
  const { state } = found;
  if (state.status !== 'pending_approval' || refusesStart(context, state, caller)) return false;
  const launch = launchOf(state);
  const voices = voicesOf(byApprover(context, state, caller));
  if (launch && !awaitsEndorsement(launch, voices, speaksFor(context, state, caller) ?? [])) return false;
  return startDenialOf(known(found, context), state, asking) === null;
}
