import { asGranted, asSelf, grantOf } from './permissions.ts';
import { notYours, onParticipant, termsOf, whom } from './participants.ts';

/**
 * Who says what somebody can do.
 *
 * SAY-1  Participants declare for themselves alone; granting, verifying and revoking takes `claims.write`.
 * SAY-2  A participant takes its own claims back, and a human those of what they own.
 */
export const declareClaim = onParticipant('claim.declare', async ({ runtime }, { input, caller }, keep) => {
  const { participant, capability, ...terms } = input;
  if (whom(participant, caller) !== caller.id) return notYours(caller, 'nobody declares what others can do');
  const act = { participant: caller.id, capability, terms: termsOf(terms) };
  return runtime.organisation.claims.declare(act, asSelf(caller), keep);
});

/** SAY-1 */
const vouch = (what: 'grant' | 'verify') =>
  onParticipant(`claim.${what}`, ({ runtime }, { input, caller }, keep) => {
    const { participant, capability, ...terms } = input;
    const act = { participant: whom(participant, caller), capability, terms: termsOf(terms) };
    return runtime.organisation.claims[what](act, asGranted(caller, 'claims.write'), keep);
  });

export const grantClaim = vouch('grant');
export const verifyClaim = vouch('verify');

export const revokeClaim = onParticipant('claim.revoke', async ({ runtime }, { input, caller }, keep) => {
  const participant = whom(input.participant, caller);
  const own = participant === caller.id || runtime.organisation.passport(participant)?.owner === caller.id;
  const mayGrant = grantOf(caller, 'claims.write') !== null;
  if (!own && !mayGrant) return notYours(caller, 'claims of others are revoked by those who may grant them');
  const by = mayGrant ? asGranted(caller, 'claims.write') : asSelf(caller);
  const act = { participant, capability: input.capability, reason: input.reason ?? null };
  return runtime.organisation.claims.revoke(act, by, keep);
});
