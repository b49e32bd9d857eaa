import { useGrant } from '../policy/standing-grant.ts';
import type { Draft } from './draft.ts';
import { refuse, type Rejection } from './failure.ts';
import type { CallRuling } from './policy-ruling.ts';

/** One more call under a standing grant, or why it carries none (GRANT-3: it counts when the call begins). */
export const spendStanding = (draft: Draft, id: string, { facts }: CallRuling): Rejection | null => {
  const { boundaries, now } = draft.moment;
  const known = boundaries?.standing().find(({ grant }) => grant.id === id);
  if (!boundaries || !known) return refuse('grant_status', `Standing grant ${id} is not there any more.`);
  const used = useGrant(known.grant, known.state, facts, now);
  if (!used.ok) return refuse(used.refusal.code, used.refusal.message);
  boundaries.spend(id, used.value);
  return null;
};
