import { isPassport } from './approvals/terms.ts';
import type { Routed, Work } from './command.ts';
import type { Draft } from './draft.ts';
import type { TaskTerms } from './event.ts';

/**
 * Where a task of people begins, after routing has been asked.
 *
 * PLACE-1  For exactly one person, by name: it is reserved for them. For several, or a group, or one who is away: it is ready for
 *          whoever of them comes.
 * PLACE-2  Where nobody at all could do it, it stays as it was created, until somebody can, or an administrator names them.
 * PLACE-3  A strategy of the step says otherwise: then it is as routing says.
 * PLACE-4  Whom policies keep from it does not have it; whom they keep from beginning has it, to be begun later.
 */
export const placeForPeople = (
  draft: Draft,
  work: Work,
  { rules }: Partial<Pick<TaskTerms, 'rules'>>,
  routed: Routed | null,
): Routed | null => {
  if (work.by !== 'human' || work.kind === 'approval') return routed;
  const asked = routed ?? OPEN;
  if (asked.placement.kind === 'assigned')
    return rules?.commence ? { ...asked, placement: { ...asked.placement, begin: true } } : routed;
  if (work.assign !== null || asked.placement.kind === 'held') return routed;
  if (draft.moment.hasOwner?.(work) === false) return { ...asked, placement: { kind: 'held' } };
  const to = individual(work, asked.placement.to);
  if (to === null) return routed;
  if (draft.moment.boundaries?.mayHave(work, to, draft.state) === false)
    return { ...asked, placement: { kind: 'held' } };
  if (draft.moment.isAway?.(to)) return routed;
  return { ...asked, placement: { kind: 'assigned', to, begin: rules?.commence != null } };
};

const OPEN: Routed = { placement: { kind: 'offered', to: null }, explanation: null };

/** The only one it is for, or who stands in for them. */
const individual = (
  { from, excluded, separate }: Work,
  offeredTo: readonly string[] | null,
): string | null => {
  const [named] = from;
  if (named === undefined || from.length > 1 || !isPassport(named)) return null;
  const who = offeredTo?.length === 1 ? (offeredTo[0] as string) : named;
  return excluded.includes(who) || separate.includes(who) ? null : who;
};
