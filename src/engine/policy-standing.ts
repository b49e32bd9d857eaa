import { useGrant } from '../policy/standing-grant.ts';
import type { Draft } from './draft.ts';
import { refuse, type Rejection } from './failure.ts';
import type { CallRuling } from './policy-ruling.ts';

/** What the standing grant is after one more call, or why it carries none. */
export const carriedBy = (
  { moment: { boundaries, now } }: Draft,
  id: string,
  { facts }: CallRuling,
): ReturnType<typeof useGrant> => {
  const known = boundaries?.standing().find(({ grant }) => grant.id === id);
  if (known) return useGrant(known.grant, known.state, facts, now);
  return {
    ok: false,
    refusal: { code: 'grant_status', message: `Standing grant ${id} is not there any more.` },
  };
};

/** One more call under a standing grant, or why it carries none (GRANT-3: it counts when the call begins). */
export const spendStanding = (draft: Draft, id: string, asked: CallRuling): Rejection | null => {
  const used = carriedBy(draft, id, asked);
  if (!used.ok) return refuse(used.refusal.code, used.refusal.message);
  draft.moment.boundaries?.spend(id, used.value);
  return null;
};
