import { fromBase64 } from '../ledger/index.ts';
import type { Attribution } from '../engine/index.ts';
import { unknownParticipant, type Outcome, type Registered, type RememberOf } from '../runtime/index.ts';
import { plainWrite, write, type Context } from './context.ts';
import { done, no } from './outcome.ts';
import { asSelfOr, notYours, onParticipant, passportView, whom } from './participants.ts';
import { remembering } from './repetition.ts';

const CHALLENGE_MS = 5 * 60_000;

/**
 * What holders of keys are asked to sign.
 *
 * KEY-1  A challenge is for one participant and one key, good once, and for a while: proving the key changes the passport, and a challenge
 *        is for the passport at one revision.
 * KEY-2  What is signed says what it is for, so that no signature made for something else counts here, nor this one elsewhere.
 * KEY-3  No server keeps one in mind. It says how long it is good and bears a seal of the organisation, so that every server knows it.
 */
interface Challenge {
  readonly nonce: string;
  readonly message: string;
}

function challengeOf(
  { seal, origin }: Context,
  { id, publicKey }: Registered,
  revision: number,
  expiresAt: number,
): Challenge {
  const what = `HumanOS proof of key\n${origin}\n${id}\n${publicKey}\n`;
  const nonce = `${expiresAt}.${seal(`${what}${revision} ${expiresAt}`)}`;
  return { nonce, message: `${what}${nonce}\n` };
}

/** The challenge that was given under this; null where none of this passport was, or it has expired. */
function given(context: Context, passport: Registered, revision: number, nonce: string): Challenge | null {
  const expiresAt = Number.parseInt(nonce, 10);
  const challenge = challengeOf(context, passport, revision, expiresAt);
  // Sealed again, so that the time it takes to compare them tells nothing.
  const isOurs = context.seal(challenge.nonce) === context.seal(nonce);
  return isOurs && expiresAt > context.clock.now() ? challenge : null;
}

export const registerKey = onParticipant(
  'participant.register_key',
  async (context, { input, caller }, keep) => {
    const id = whom(input.id, caller);
    const by = asSelfOr(id, caller, 'participants.write');
    if (!by) return notYours(caller, 'administrators register the keys of others');
    return register(context, id, input.publicKey, by, keep);
  },
);

/** A key that is new has still to be proved. */
const register = (
  { runtime }: Context,
  id: string,
  publicKey: string,
  by: Attribution,
  keep: RememberOf<Registered>,
): Promise<Outcome<Registered>> => {
  const make = (known: Registered) => done({ ...known, publicKey, keyProvedAt: null });
  return runtime.organisation.participants.change('participant.key_registered', id, by, make, keep, keyOf);
};

const keyOf = ({ id, publicKey, keyProvedAt }: Registered): object => ({
  participant: id,
  publicKey,
  provedAt: keyProvedAt,
});

interface Generated {
  readonly privateKey: string | null;
  readonly passport: Registered;
}

export const generateKey = write<'participant.generate_key', Generated>('participant.generate_key', {
  unrecorded: true,
  async act(context, { input, caller, idempotency }) {
    const id = whom(input.id, caller);
    const by = asSelfOr(id, caller, 'participants.write');
    if (!by) return notYours(caller, 'administrators make the keys of others');
    const { publicKey, privateKey } = context.newKeyPair();
    const keep = remembering(idempotency, (passport: Registered) => ({ privateKey: null, passport }));
    const made = await register(context, id, publicKey, by, keep);
    return made.ok ? done({ privateKey, passport: made.value }) : made;
  },
  answer: (context, { privateKey, passport }) => ({
    publicKey: passport.publicKey ?? '',
    privateKey,
    participant: passportView(context, passport),
  }),
});

export const challenge = plainWrite('participant.challenge', {
  unrecorded: true,
  async act(context, { input, caller }) {
    const { organisation } = context.runtime;
    const id = whom(input.id, caller);
    if (!asSelfOr(id, caller, 'participants.write')) return notYours(caller, 'a key is proved by its holder');
    // Another server may have another key.
    await organisation.follow();
    const passport = organisation.participants.get(id);
    if (!passport) return unknownParticipant(id);
    if (passport.publicKey === null)
      return no('key_missing', `${passport.name} has no public key. Register one first.`);
    const expiresAt = context.clock.now() + CHALLENGE_MS;
    const revision = organisation.participants.revision(id);
    return done({ ...challengeOf(context, passport, revision, expiresAt), expiresAt });
  },
});

export const prove = onParticipant('participant.prove', async (context, { input, caller }, keep) => {
  const id = whom(input.id, caller);
  const by = asSelfOr(id, caller, 'participants.write');
  if (!by) return notYours(caller, 'a key is proved by its holder');
  const { participants } = context.runtime.organisation;
  const passport = participants.get(id);
  if (!passport) return unknownParticipant(id);
  const revision = participants.revision(id);
  const asked = given(context, passport, revision, input.nonce);
  if (!asked)
    return no('challenge_invalid', 'The challenge is not one for this passport as it is, or has expired.');
  if (!isSigned(context, asked, passport, input.signature))
    return no(
      'signature_invalid',
      `The signature was not made with the key of ${passport.name} over the message.`,
    );
  const make = (known: Registered, now: number, latest: number) =>
    latest === revision
      ? done({ ...known, keyProvedAt: now })
      : no('challenge_invalid', 'The passport has been changed meanwhile.');
  return participants.change('participant.key_proved', id, by, make, keep, keyOf);
});

function isSigned(
  { verify }: Context,
  { message }: Challenge,
  { publicKey }: Registered,
  signature: string,
): boolean {
  const [key, made] = [fromBase64(publicKey ?? ''), fromBase64(signature)];
  return key?.length === 32 && made?.length === 64 && verify(new TextEncoder().encode(message), made, key);
}
