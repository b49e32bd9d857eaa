import {
  agree,
  isGiven,
  lapse,
  refusesJudge,
  refusesSpeaker,
  suffices,
  type Person,
  type Speaker,
} from '../../policy/index.ts';
import { accountableFor, type DelegationStatus, type Directory, type Passport } from '../../routing/index.ts';
import { bySystem } from '../authority.ts';
import type { Outcome } from '../runs.ts';
import {
  dueOf,
  personOf,
  told,
  type DelegationProposal,
  type DelegationRecord,
} from './delegation-proposal.ts';
import { isOver, type Delegations } from './delegations.ts';
import { no, type Refused } from './outcome.ts';
import type { Decided, Proposal, RememberOf } from './stream.ts';

/** Somebody who decides on what is proposed. */
export interface Deciding {
  readonly caller: Passport;
  readonly reason: string | null;
}

/** What somebody decides on, at the moment of it. */
interface Matter {
  readonly known: DelegationRecord;
  readonly proposal: DelegationProposal;
  readonly now: number;
}

/**
 * Decisions on delegations that policies want approved.
 *
 * GIVE-1  People decide, of those whom each approval names, or in the place of somebody of them who is away; never who has written the
 *         delegation, gives or gets it, or is in its chain, nor the humans who answer, or have answered, for them, nor those for whom they
 *         may act, nor those who may act, or stand in, for them.
 * GIVE-2  An approval counts for exactly what was shown. The delegation holds with the last of them, as policies let it be then: what they
 *         deny since, or ask beyond what was asked, it does not.
 * GIVE-3  One rejection ends it, and so does its time; what is over never holds.
 */
export class DelegationDecisions {
  readonly #delegations: Delegations;
  readonly #directory: Directory;

  constructor(delegations: Delegations, directory: Directory) {
    this.#delegations = delegations;
    this.#directory = directory;
  }

  approve(
    id: string,
    { digest, ...deciding }: Deciding & { readonly digest: string },
    by: Proposal<DelegationRecord>['by'],
    remember?: RememberOf<DelegationRecord>,
  ): Promise<Outcome<DelegationRecord>> {
    return this.#delegations.change(id, 'approve', by, remember, (known, status, now) => {
      const matter = matterOf(known, now);
      if (digest !== matter.proposal.digest)
        return no('approval_stale', 'The delegation is no longer what was shown; look at it again.');
      const speaker = this.#speaker(deciding);
      const refused = this.#refuses(matter, deciding.caller, speaker) ?? overdue(matter);
      if (refused) return refused;
      const agreed = agree(matter.proposal.approvals, speaker, now);
      if (!agreed.ok) return no(agreed.refusal.code, agreed.refusal.message, { from: agreed.refusal.from });
      const next = { ...known, proposal: { ...matter.proposal, approvals: agreed.approvals } };
      return this.#given(next, status, { ...deciding, digest, counts: agreed.counts, now });
    });
  }

  /** GIVE-2 */
  #given(
    next: DelegationRecord & { readonly proposal: DelegationProposal },
    status: DelegationStatus,
    { caller, now, ...said }: Deciding & { readonly digest: string; counts: readonly number[]; now: number },
  ): Outcome<Decided<DelegationRecord>> {
    const { id, proposal } = next;
    const { approvals, authors } = proposal;
    const refused = this.#delegations.unfit(next, now);
    if (refused) return refused;
    const bounded = this.#delegations.bounded(next, authors[0]?.kind === 'human', now);
    if (!bounded.ok) return bounded;
    const { expiresAt, ruled, approvals: asked } = bounded.value;
    const asking = approvals.flatMap(({ restsOn }) => restsOn);
    if (!suffices(asking, asked))
      return no('approval_insufficient', 'Policies ask for more since. Narrow it, or make it anew.');
    if (!approvals.every(isGiven))
      return this.#delegations.written('delegation.agreed', next, { id, ...said, approvals });
    const decided = { decidedBy: caller.id, decidedAt: now, decision: said.reason };
    const held = { ...next, status, expiresAt, proposal: { ...proposal, ...decided } };
    const payload = { ...told(held), ...said, ...(ruled && { ruled }) };
    return this.#delegations.written('delegation.approved', held, payload);
  }

  reject(
    id: string,
    deciding: Deciding,
    by: Proposal<DelegationRecord>['by'],
    remember?: RememberOf<DelegationRecord>,
  ): Promise<Outcome<DelegationRecord>> {
    return this.#delegations.change(id, 'reject', by, remember, (known, status, now) => {
      const matter = matterOf(known, now);
      const { caller, reason } = deciding;
      const speaker = this.#speaker(deciding);
      const unnamed = refusesSpeaker(matter.proposal.approvals, speaker);
      const refused =
        this.#refuses(matter, caller, speaker) ??
        (unnamed && no(unnamed.code, unnamed.message, { from: unnamed.from }));
      if (refused) return refused;
      const closed = { ...matter.proposal, decidedBy: caller.id, decidedAt: now, decision: reason };
      const { digest } = closed;
      const rejected = { ...known, status, proposal: closed };
      return this.#delegations.written('delegation.rejected', rejected, { id, status, digest, reason });
    });
  }

  /** What time does: it goes up, or is over. Refused where it is not due. */
  lapse(id: string): Promise<Outcome<DelegationRecord>> {
    return this.#delegations.change(id, 'expire', bySystem('deadline'), undefined, (known, status, now) => {
      const { proposal } = matterOf(known, now);
      const due = dueOf(known);
      if (due === null || now < due) return no('delegation_status', `Delegation ${id} has time left.`);
      const later = isOver(known, now) ? null : lapse(proposal.approvals, now);
      const { digest } = proposal;
      if (later) {
        const { approvals, added: to } = later;
        const next = { ...known, proposal: { ...proposal, approvals } };
        return this.#delegations.written('delegation.escalated', next, { id, digest, to, approvals });
      }
      const over = { ...known, status, proposal: { ...proposal, decidedAt: now } };
      return this.#delegations.written('delegation.expired', over, { id, status, digest });
    });
  }

  /** Whether an approval of this participant would count now, with a reason where one is asked. */
  awaits(known: DelegationRecord, { id }: Pick<Passport, 'id'>, now: number): boolean {
    const passport = this.#directory.passport(id);
    if (known.status !== 'proposed' || !passport) return false;
    const matter = matterOf(known, now);
    const speaker = this.#speaker({ caller: passport, reason: '' });
    const refused = this.#refuses(matter, passport, speaker) ?? overdue(matter);
    return refused === null && agree(matter.proposal.approvals, speaker, now).ok;
  }

  // --- who decides --------------------------------------------------------------------------------------------------

  /** Itself where it is named, else somebody of those it stands in for. */
  #speaker({ caller: { id }, reason }: Deciding): Speaker {
    const named = (one: string, parties: readonly string[]): boolean => {
      const passport = this.#directory.passport(one);
      return passport !== null && parties.some((party) => this.#directory.isNamed(passport, party));
    };
    const absent = this.#directory.represented(id).map(({ passport }) => passport.id);
    const speaksFor = (parties: readonly string[]): string | null =>
      [id, ...absent].find((one) => named(one, parties)) ?? null;
    return { id, speaksFor, reason };
  }

  /** GIVE-1 */
  #refuses({ known, proposal, now }: Matter, caller: Passport, { id, speaksFor }: Speaker): Refused | null {
    if (caller.kind !== 'human')
      return no('human_required', `${caller.name} is no person: people decide on this.`);
    const parties = this.#delegations.partiesOf(known).flatMap((one) => this.#directory.passport(one) ?? []);
    const involved: readonly Person[] = [...proposal.authors, ...parties.map(personOf)];
    const core = new Set(involved.flatMap((one) => [one.id, one.accountable ?? one.id]));
    const behind = [known.from, known.to].flatMap((one) => [...this.#delegations.principals(one, now)]);
    const authors = [...involved, ...behind.map(human)];
    const voices = proposal.approvals.flatMap(({ from }) => speaksFor(from) ?? []);
    const stoodInFor = this.#directory.represented(id).map(({ passport }) => passport.id);
    const others = [...this.#delegations.principals(id, now), ...stoodInFor].filter((one) => core.has(one));
    const judge = {
      id,
      kind: caller.kind,
      accountable: accountableFor(caller),
      actsFor: [...voices, ...others],
    };
    const refusal = refusesJudge('the delegation', authors, judge);
    return refusal && no(refusal.code, refusal.message);
  }
}

const human = (id: string): Person => ({ id, kind: 'human', accountable: id, actsFor: [] });

const matterOf = (known: DelegationRecord, now: number): Matter => {
  if (!known.proposal) throw new Error(`nothing is proposed in ${known.id}`);
  return { known, proposal: known.proposal, now };
};

/** Its time is over, though nobody has written that yet. */
const overdue = ({ known, proposal, now }: Matter): Refused | null =>
  isOver(known, now) || lapse(proposal.approvals, now) === null
    ? no('delegation_status', `The time to decide on delegation ${known.id} is over.`)
    : null;
