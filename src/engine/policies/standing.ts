import { asksApproval } from '../../policy/ruling.ts';
import { useGrant } from '../../policy/standing-grant.ts';
import { standsFor } from '../../policy/tool-gate.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import type { CallRuling } from './ruling.ts';

type Carried =
  | Extract<ReturnType<typeof useGrant>, { ok: true }>
  | { readonly ok: false; readonly refusal: { readonly code: string; readonly message: string } };

/** What the standing grant is after one more call, or why it does not carry this one (GATE-2). */
export const carriedBy = (
  { moment: { boundaries, now } }: Draft,
  id: string,
  { facts, ruling }: CallRuling,
): Carried => {
  const known = boundaries?.standing().find(({ grant }) => grant.id === id);
  if (!known) return not('grant_status', `Standing grant ${id} is not there any more.`);
  if (!standsFor(known.grant, asksApproval(ruling), facts))
    return not('approval_insufficient', `Standing grant ${id} does not cover this call any more; ask again.`);
  return useGrant(known.grant, known.state, facts, now);
};

const not = (code: string, message: string): Carried => ({ ok: false, refusal: { code, message } });

/** One more call under a standing grant, or why it carries none (GRANT-3: it counts when the call begins). */
export const spendStanding = (draft: Draft, id: string, asked: CallRuling): Rejection | null => {
  const used = carriedBy(draft, id, asked);
  if (!used.ok) return refuse(used.refusal.code, used.refusal.message);
  draft.moment.boundaries?.spend(id, used.value);
  return null;
};
