/**
 * Approvals of an act that no run carries, such as a delegation: who has to agree, who has agreed, and until when.
 *
 * ASKED-1  The act is let when each approval has its quorum; in each, a person counts once, whoever speaks for them.
 * ASKED-2  Whoever is named when they decide may decide, those to whom it has gone up included.
 * ASKED-3  Time never approves: what is not given in time goes up, and after the last hop all of it is over.
 */
import type { ApprovalObligation } from './ruling.ts';

export interface AskedApproval extends Pick<
  ApprovalObligation,
  'from' | 'quorum' | 'within' | 'escalate' | 'reasonRequired' | 'restsOn'
> {
  readonly agreed: readonly Agreement[];
  /** ms since the epoch; null is without end, or that it is given. */
  readonly deadline: number | null;
}
export interface Agreement {
  /** Passport. */
  readonly by: string;
  /** In whose place; itself where it is named. */
  readonly for: string;
  readonly reason: string | null;
  /** ms since the epoch. */
  readonly at: number;
}

/** Somebody who decides. */
export interface Speaker {
  readonly id: string;
  /** For whom it speaks where these are asked: itself, or somebody in whose place it is; null for nobody of them. */
  readonly speaksFor: (parties: readonly string[]) => string | null;
  readonly reason: string | null;
}

export interface AskedRefusal {
  readonly code: 'not_eligible' | 'already_decided' | 'reason_required';
  readonly message: string;
  readonly from: readonly string[];
}
export type Agreed =
  | {
      readonly ok: true;
      readonly approvals: readonly AskedApproval[];
      /** Places of those for which it counts. */
      readonly counts: readonly number[];
    }
  | { readonly ok: false; readonly refusal: AskedRefusal };

export const asked = (obligations: readonly ApprovalObligation[], now: number): readonly AskedApproval[] =>
  obligations.map(({ from, quorum, within, escalate, reasonRequired, restsOn }) => ({
    from,
    quorum,
    within,
    escalate,
    reasonRequired,
    restsOn,
    agreed: [],
    deadline: within === null ? null : now + within,
  }));

export const isGiven = ({ agreed, quorum }: AskedApproval): boolean => agreed.length >= quorum;

/** Whom all of it names. */
const namedBy = (approvals: readonly AskedApproval[]): readonly string[] => [
  ...new Set(approvals.flatMap(({ from }) => from)),
];

/** ASKED-1, ASKED-2 */
export function agree(approvals: readonly AskedApproval[], speaker: Speaker, at: number): Agreed {
  const refusal = refusesSpeaker(approvals, speaker);
  if (refusal) return { ok: false, refusal };
  const { id: by, speaksFor, reason } = speaker;
  const counts = [...approvals.keys()].filter((place) => {
    const approval = approvals[place]!;
    const voice = speaksFor(approval.from);
    return voice !== null && awaitsVoice(approval, [by, voice]);
  });
  if (counts.length === 0)
    return no('already_decided', `${speaker.id} has decided already, or somebody has for them.`, approvals);
  const next = approvals.map((approval, place) => {
    if (!counts.includes(place)) return approval;
    const agreement = { by, for: speaksFor(approval.from) as string, reason, at };
    const given = { ...approval, agreed: [...approval.agreed, agreement] };
    return isGiven(given) ? { ...given, deadline: null } : given;
  });
  return { ok: true, approvals: next, counts };
}

/** Why somebody may decide neither way; null where they may. */
export function refusesSpeaker(
  approvals: readonly AskedApproval[],
  { id, speaksFor, reason }: Speaker,
): AskedRefusal | null {
  const named = approvals.filter(({ from }) => speaksFor(from) !== null);
  const from = namedBy(approvals);
  if (named.length === 0)
    return { code: 'not_eligible', message: `${from.join(', ')} decide, and not ${id}.`, from };
  return reason === null && named.some(({ reasonRequired }) => reasonRequired)
    ? { code: 'reason_required', message: 'The decision needs a reason.', from }
    : null;
}

/** Whether it is open to somebody whom it names, and who speaks with these voices (ASKED-1). */
export const awaitsVoice = (approval: AskedApproval, voices: readonly string[]): boolean =>
  !isGiven(approval) &&
  !approval.agreed.some(({ by, for: who }) => voices.includes(by) || voices.includes(who));

/** When time does something next, ms since the epoch; null is never. */
export const nextDeadline = (approvals: readonly AskedApproval[]): number | null =>
  approvals.reduce<number | null>(
    (least, { deadline }) => (deadline === null ? least : Math.min(least ?? deadline, deadline)),
    null,
  );

/** ASKED-3: what it is once this moment is there, and who was added; null where it is over. */
export function lapse(
  approvals: readonly AskedApproval[],
  now: number,
): { readonly approvals: readonly AskedApproval[]; readonly added: readonly string[] } | null {
  const added: string[] = [];
  const next: AskedApproval[] = [];
  for (const approval of approvals) {
    const { deadline, from, within, escalate } = approval;
    const [to, ...later] = escalate;
    if (deadline === null || now < deadline) {
      next.push(approval);
      continue;
    }
    if (to === undefined) return null;
    added.push(to);
    next.push({ ...approval, from: [...from, to], escalate: later, deadline: now + (within ?? 0) });
  }
  return { approvals: next, added };
}

const no = (
  code: AskedRefusal['code'],
  message: string,
  approvals: readonly AskedApproval[],
): { readonly ok: false; readonly refusal: AskedRefusal } => ({
  ok: false,
  refusal: { code, message, from: namedBy(approvals) },
});
