import { fromBase64 } from '../ledger/index.ts';
import type { Attribution } from '../engine/index.ts';
import { unknownParticipant, type Outcome, type Registered, type RememberOf } from '../runtime/index.ts';
import { plainWrite, write, type Context } from './context.ts';
import { done, no } from './outcome.ts';
import { asSelfOr, notYours, onParticipant, passportView, whom } from './participants.ts';
import { remembering } from './repetition.ts';

const CHALLENGE_MS = 5 * 60_000;
/** So many at a time; the oldest go first. */
const MOST_CHALLENGES = 10_000;

interface Challenge {
  readonly nonce: string;
  readonly publicKey: string;
  readonly message: string;
  readonly expiresAt: number;
}

/**
 * What holders of keys have been asked to sign.
 *
 * KEY-1  A challenge is for one participant and one key, good once, and for a while; a new one takes the place of the last.
 * KEY-2  What is signed says what it is for, so that no signature made for something else counts here, nor this one elsewhere.
 * KEY-3  They are kept in memory: after a restart another one is asked for.
 */
export class Challenges {
  readonly #open = new Map<string, Challenge>();

  set(passport: string, challenge: Challenge): void {
    this.#open.delete(passport);
    this.#open.set(passport, challenge);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= MOST_CHALLENGES) return;
      this.#open.delete(oldest);
    }
  }

  /** The challenge, which is spent now; null where it is another, has expired, or was for another key. */
  take(passport: Registered, nonce: string, now: number): Challenge | null {
    const challenge = this.#open.get(passport.id);
    if (!challenge || challenge.nonce !== nonce) return null;
    this.#open.delete(passport.id);
    return challenge.expiresAt > now && challenge.publicKey === passport.publicKey ? challenge : null;
  }
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
  async act({ runtime, clock, newSecret, origin, challenges }, { input, caller }) {
    const id = whom(input.id, caller);
    if (!asSelfOr(id, caller, 'participants.write')) return notYours(caller, 'a key is proved by its holder');
    const passport = runtime.organisation.participants.get(id);
    if (!passport) return unknownParticipant(id);
    const { publicKey } = passport;
    if (publicKey === null)
      return no('key_missing', `${passport.name} has no public key. Register one first.`);
    const nonce = newSecret();
    const expiresAt = clock.now() + CHALLENGE_MS;
    const message = `HumanOS proof of key\n${origin}\n${id}\n${publicKey}\n${nonce}\n`;
    challenges.set(id, { nonce, publicKey, message, expiresAt });
    return done({ nonce, message, expiresAt });
  },
});

export const prove = onParticipant('participant.prove', async (context, { input, caller }, keep) => {
  const id = whom(input.id, caller);
  const by = asSelfOr(id, caller, 'participants.write');
  if (!by) return notYours(caller, 'a key is proved by its holder');
  const { participants } = context.runtime.organisation;
  const passport = participants.get(id);
  if (!passport) return unknownParticipant(id);
  const asked = context.challenges.take(passport, input.nonce, context.clock.now());
  if (!asked) return no('challenge_invalid', 'The challenge is unknown, has expired, or has been used.');
  if (!isSigned(context, asked, input.signature))
    return no(
      'signature_invalid',
      `The signature was not made with the key of ${passport.name} over the message.`,
    );
  const make = (known: Registered, now: number) =>
    known.publicKey === asked.publicKey
      ? done({ ...known, keyProvedAt: now })
      : no('challenge_invalid', 'The key has been changed meanwhile.');
  return participants.change('participant.key_proved', id, by, make, keep, keyOf);
});

function isSigned({ verify }: Context, { message, publicKey }: Challenge, signature: string): boolean {
  const [key, made] = [fromBase64(publicKey), fromBase64(signature)];
  return key?.length === 32 && made?.length === 64 && verify(new TextEncoder().encode(message), made, key);
}
