import type { Attribution } from '../../engine/index.ts';
import { CLAIM_NEXT, claimOf, type Claim, type Standing } from '../../routing/index.ts';
import { counts } from '../../routing/claim.ts';
import type { Outcome } from '../runs.ts';
import { done, no } from './outcome.ts';
import type { Participants } from './participants.ts';
import { withClaims, type Registered } from './passports.ts';
import type { RememberOf } from './stream.ts';

/** What whoever grants may say of a claim; what is left out stays as it was claimed. */
export type ClaimTerms = Partial<Pick<Claim, 'level' | 'evidence' | 'constraints' | 'expiresAt'>>;

export interface ClaimAct {
  readonly participant: string;
  readonly capability: string;
  readonly terms?: ClaimTerms;
  readonly reason?: string | null;
}

/** Most claims of one participant, those that are revoked included. */
const MOST_CLAIMS = 500;

/**
 * What participants can do, on whose word.
 *
 * CLAIM-1  A participant has at most one claim on a capability; its standing moves as `CLAIM_NEXT` says.
 * CLAIM-2  Declaring counts for nothing, and changes nothing that has been granted, verified or revoked.
 * CLAIM-3  Verifying needs evidence, and somebody else than the participant, or the human who answers for it.
 */
export class Claims {
  readonly #participants: Participants;

  constructor(participants: Participants) {
    this.#participants = participants;
  }

  declare(act: ClaimAct, by: Attribution, remember?: RememberOf<Registered>): Promise<Outcome<Registered>> {
    return this.#act('claim.declared', act, by, remember, (known) => {
      if (known && known.standing !== 'declared')
        return no(
          'claim_standing',
          `The claim on ${act.capability} is ${known.standing}: it is not declared anew.`,
          {
            standing: known.standing,
          },
        );
      return done(termed(known, act, 'declared', null));
    });
  }

  grant(act: ClaimAct, by: Attribution, remember?: RememberOf<Registered>): Promise<Outcome<Registered>> {
    return this.#act('claim.granted', act, by, remember, (known) =>
      done(termed(known, act, 'granted', by.actor)),
    );
  }

  verify(act: ClaimAct, by: Attribution, remember?: RememberOf<Registered>): Promise<Outcome<Registered>> {
    return this.#act('claim.verified', act, by, remember, (known, owner) => {
      const claim = termed(known, act, 'verified', by.actor);
      if (by.actor === act.participant || by.actor === owner)
        return no(
          'separation_of_duties',
          `${by.actor} answers for the claim, so that somebody else has to verify it.`,
        );
      return claim.evidence.length > 0
        ? done(claim)
        : no('evidence_required', 'A claim is verified with evidence: name what it rests on.');
    });
  }

  revoke(act: ClaimAct, by: Attribution, remember?: RememberOf<Registered>): Promise<Outcome<Registered>> {
    return this.#act('claim.revoked', act, by, remember, (known) =>
      known
        ? done({ ...known, standing: 'revoked' })
        : no('claim_unknown', `${act.participant} has no claim on ${act.capability}.`),
    );
  }

  #act(
    type: string,
    act: ClaimAct,
    by: Attribution,
    remember: RememberOf<Registered>,
    decide: (known: Claim | null, owner: string | null) => Outcome<Claim>,
  ): Promise<Outcome<Registered>> {
    const { participant, capability, reason = null } = act;
    const make = (passport: Registered, now: number): Outcome<Registered> => {
      const known = claimOn(passport, capability);
      const made = decide(known, passport.owner);
      if (!made.ok) return made;
      const refused = problemOf(known, made.value, now) ?? tooMany(passport, known);
      return refused ?? done(withClaims(passport, replaced(passport.claims, made.value)));
    };
    return this.#participants.change(type, participant, by, make, remember, (one) => ({
      participant,
      claim: claimOn(one, capability),
      reason,
    }));
  }
}

const claimOn = ({ claims }: Pick<Registered, 'claims'>, capability: string): Claim | null =>
  claims.find((claim) => claim.capability === capability) ?? null;

/** Whatever standing a claim had, it is granted now. */
export const grant = (
  claims: readonly Claim[],
  capability: string,
  terms: ClaimTerms,
  by: string,
): Claim[] => {
  const known = claims.find((claim) => claim.capability === capability) ?? null;
  return replaced(claims, termed(known, { participant: '', capability, terms }, 'granted', by));
};

const termed = (
  known: Claim | null,
  { capability, terms }: ClaimAct,
  standing: Standing,
  grantedBy: string | null,
) => ({
  ...(known ?? claimOf({ capability })),
  ...terms,
  capability,
  standing,
  grantedBy,
});

const replaced = (claims: readonly Claim[], claim: Claim): Claim[] => {
  const at = claims.findIndex(({ capability }) => capability === claim.capability);
  return at < 0 ? [...claims, claim] : claims.with(at, claim);
};

/** Whether something that was covered may not be any more. */
export const narrows = (claims: readonly Claim[], next: readonly Claim[]): boolean =>
  next !== claims &&
  claims.some((claim) => counts(claim) && !isWithin(claim, claimOn({ claims: next }, claim.capability)));

const isWithin = (claim: Claim, next: Claim | null): boolean =>
  next !== null &&
  counts(next) &&
  next.level >= claim.level &&
  (next.expiresAt ?? Infinity) >= (claim.expiresAt ?? Infinity) &&
  JSON.stringify(next.constraints) === JSON.stringify(claim.constraints);

function problemOf(known: Claim | null, { standing, expiresAt, capability }: Claim, now: number) {
  const possible: readonly Standing[] = known ? CLAIM_NEXT[known.standing] : [];
  if (known && known.standing !== standing && !possible.includes(standing))
    return no(
      'claim_standing',
      `The claim on ${capability} is ${known.standing}, and cannot become ${standing}.`,
      {
        standing: known.standing,
      },
    );
  if (known?.standing === 'revoked' && standing === 'revoked')
    return no('claim_standing', `The claim on ${capability} is revoked already.`, { standing });
  return standing !== 'revoked' && expiresAt !== null && expiresAt <= now
    ? no('request_invalid', '`expiresAt` is in the past.')
    : null;
}

const tooMany = ({ claims, name }: Registered, known: Claim | null) =>
  !known && claims.length >= MOST_CLAIMS
    ? no('request_invalid', `${name} has ${claims.length} claims, which is the most.`)
    : null;
