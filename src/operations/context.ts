import type { Channels } from '../channels/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Sha256, VerifySignature } from '../ledger/index.ts';
import type { Clock, Outcome, Runtime } from '../runtime/index.ts';
import type { PlanModel } from './plans/making.ts';
import type { Refusals } from './refusals.ts';
import type { Repetitions } from './repetition.ts';
import type { OperationName, OutputOf, ParsedOf } from './schema/index.ts';

/** What operations are made of. */
export interface OperationsParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly verify: VerifySignature;
  /** A new id without prefix, never given before. */
  newId(): string;
  /** A new secret that nobody can guess, of letters and digits. */
  newSecret(): string;
  /** What nobody can make of a text, or of another, but the servers of this organisation; each of them makes the same. */
  seal(text: string): string;
  /** Ed25519, Base64: the public key as its raw 32 bytes, the private one as PKCS #8. */
  newKeyPair(): { readonly publicKey: string; readonly privateKey: string };
  /** The ledger's name and public key. */
  readonly origin: string;
  readonly verifierKey: string;
  /** Breaks goals down, where one is configured. */
  readonly model?: PlanModel | undefined;
  /** How the world outside is told; without it nothing is sent. */
  readonly channels?: Channels | undefined;
  /** Of the program. */
  readonly version: string;
  /** Told of faults that the answer to a request does not end with; without it they go unheard. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

export interface Context extends OperationsParts {
  readonly refusals: Refusals;
  readonly repetitions: Repetitions;
  onFault(fault: unknown): void;
}

/** The key and fingerprint under which a write is remembered. */
export interface Idempotency {
  readonly key: string;
  readonly fingerprint: string;
}

export interface Call<Name extends OperationName> {
  readonly input: ParsedOf<Name>;
  readonly caller: Passport;
  /** When the request came: whoever says how long to wait counts from then. */
  readonly since: number;
  /** Aborts when the caller has gone. */
  readonly signal?: AbortSignal;
  readonly idempotency?: Idempotency;
}

/** The page of a list that is asked for. */
export const pageOf = ({ limit, cursor }: { limit: number; cursor?: string | undefined }) => ({
  limit,
  ...(cursor !== undefined && { cursor }),
});

export type Read<Name extends OperationName> = (
  context: Context,
  call: Call<Name>,
) => Promise<Outcome<OutputOf<Name>>>;

/**
 * A write is acted out once; its answer is made of what was recorded with it, so that a repetition gets the same. `act` gives
 * what is recorded, or, beside it, what is told only once.
 */
export interface Write<Name extends OperationName, Recorded> {
  act(context: Context, call: Call<Name>): Promise<Outcome<Recorded>>;
  answer(context: Context, recorded: Recorded, call: Call<Name>): OutputOf<Name>;
  /** What of a write comes after its commit, where it is repeated: that may not have come about, or not at this node. */
  resume?(context: Context, recorded: Recorded, call: Call<Name>): Promise<Recorded>;
  /** What it does is not recorded with its key, or not all of it: the answer is kept in memory. */
  readonly unrecorded?: true;
}

export const write = <Name extends OperationName, Recorded>(
  _name: Name,
  handler: Write<Name, Recorded>,
): Write<Name, Recorded> => handler;

/** A write whose answer is what was recorded. */
export const plainWrite = <Name extends OperationName>(
  name: Name,
  handler: Omit<Write<Name, OutputOf<Name>>, 'answer'>,
): Write<Name, OutputOf<Name>> => write(name, { ...handler, answer: (_, recorded) => recorded });
