import { canonical, toHex } from '../ledger/index.ts';
import type { Passport } from '../routing/index.ts';
import { actingUnder, isOfMany, overstepped, ownAffair } from './acting.ts';
import { Admission, mayAct, type Outcome } from '../runtime/index.ts';
import { absent } from './archived.ts';
import { carryOut } from './carry-out.ts';
import type { Call, Context, Idempotency, OperationsParts, Read, Write } from './context.ts';
import { readPage } from './cursors.ts';
import { DecisionDesk } from './decision-links.ts';
import { Follower } from './events.ts';
import { gaugesOf, type Gauges } from './gauges.ts';
import { HANDLERS } from './handlers.ts';
import { admitInput } from './input.ts';
import { exportLines } from './ledger.ts';
import { done, no, type Refused } from './outcome.ts';
import { Refusals } from './refusals.ts';
import { Repetitions } from './repetition.ts';
import { CATALOGUE, type OperationName, type OutputOf } from './schema/index.ts';

/** What comes with a request besides its input. */
export interface Asked {
  /** Aborts when the caller has gone. */
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  /** Which of the requests that have the key in common; left out where it is one. */
  readonly part?: number;
  /** The delegation that the caller acts under; without one it acts as itself. */
  readonly delegation?: string;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

export const isOperation = (name: string): name is OperationName => Object.hasOwn(CATALOGUE, name);

/**
 * Every public operation, whatever way it is asked for.
 *
 * OP-1  The caller's permission is looked at before its input, and its input before anything is done.
 *       Under a delegation the permission is the grantor's, and the delegation is looked at last.
 * OP-3  What is done for a request is committed only while the request would be let in (ADMIT-1).
 * OP-2  A refusal is a value with a code that has a page; a fault is thrown.
 * OP-4  Nobody is refused for what this node has not heard of: a refusal is held against what other nodes have written.
 */
export class Operations {
  readonly #context: Context;
  /** What callers have shown, by the passport they were given for it. */
  readonly #presented = new WeakMap<Passport, { readonly secret: string; readonly edition: number }>();
  /** For whoever comes by a link in a mail, without a token of their own. */
  readonly decisions: DecisionDesk;

  constructor(parts: OperationsParts) {
    this.#context = {
      ...parts,
      refusals: new Refusals(parts.runtime, parts.clock),
      repetitions: new Repetitions(parts.runtime.store),
      onFault: parts.onFault ?? ignore,
    };
    this.decisions = new DecisionDesk(this.#context, this.call.bind(this));
  }

  /** Takes new requests; false while starting and stopping. */
  get isRunning(): boolean {
    return this.#context.runtime.isRunning;
  }

  /** Whether new requests had better be sent here; false also while a shared database is away. */
  get isReady(): boolean {
    return this.#context.runtime.isReady;
  }

  /**
   * The participant that a token belongs to, as all that was acknowledged before leaves it. Unknown and revoked tokens cost as much as
   * known ones.
   */
  async authenticate(secret: string): Promise<Passport | null> {
    const { runtime } = this.#context;
    const { heard } = runtime.organisation;
    const passport = await this.#identifyBy(secret);
    return passport ?? ((await runtime.hasNews(heard)) ? this.#identifyBy(secret) : null);
  }

  async #identifyBy(secret: string): Promise<Passport | null> {
    const { organisation } = this.#context.runtime;
    await organisation.current();
    const edition = organisation.edition.known;
    const passport = await organisation.tokens.authenticate(secret);
    if (!passport) return null;
    const presented = { ...passport };
    this.#presented.set(presented, { secret, edition });
    return presented;
  }

  /** @throws StoreFault and other faults; a refusal is a value */
  async call<Name extends OperationName>(
    name: Name,
    input: unknown,
    caller: Passport,
    asked: Asked = {},
  ): Promise<Outcome<OutputOf<Name>>> {
    const { runtime, clock } = this.#context;
    const { heard } = runtime.organisation;
    const since = clock.now();
    const outcome = await this.#call(name, input, caller, asked, since);
    return outcome.ok || !(await runtime.hasNews(heard))
      ? outcome
      : this.#call(name, input, caller, asked, since);
  }

  async #call<Name extends OperationName>(
    name: Name,
    input: unknown,
    caller: Passport,
    asked: Asked,
    since: number,
  ): Promise<Outcome<OutputOf<Name>>> {
    const { signal, delegation } = asked;
    const edition = this.#presented.get(caller)?.edition ?? this.#context.runtime.organisation.edition.known;
    const admitted = await this.#admitUnder(name, input, caller, delegation);
    if (!admitted.ok) return admitted;
    const admission = new Admission(edition, () => this.#lookAgain(name, input, caller, delegation));
    if (name === 'ledger.export')
      return no('not_over_rpc', 'The exported ledger is a stream: GET /v1/ledger/export.');
    const made = { ...admitted.value.caller, admission };
    const call = {
      input: admitted.value.input,
      caller: made,
      since,
      ...(signal && { signal }),
    } as Call<Name>;
    if (!CATALOGUE[name].mutates)
      return readPage(this.#context, name, HANDLERS[name as 'health.get'] as unknown as Read<Name>, call);
    return this.#noticed(name, call, () => this.#write(name, call, asked));
  }

  /** Work on tasks is a sign of life, when it begins and when it ends: in between somebody may have waited. */
  async #noticed<Answer>(
    name: OperationName,
    { caller, signal }: Call<OperationName>,
    act: () => Promise<Answer>,
  ) {
    const { presence } = this.#context.runtime.organisation;
    const isWork = CATALOGUE[name].permission === 'tasks.work';
    if (isWork) presence.seen(caller.id);
    const answer = await act();
    if (isWork && !signal?.aborted) presence.seen(caller.id);
    return answer;
  }

  async #write<Name extends OperationName>(
    name: Name,
    call: Call<Name>,
    { idempotencyKey, part, delegation }: Asked,
  ): Promise<Outcome<OutputOf<Name>>> {
    const handler = HANDLERS[name as 'workflow.start'] as unknown as Write<Name, unknown>;
    if (idempotencyKey === undefined) return carryOut(this.#context, name, handler, call);
    if (!KEY.test(idempotencyKey))
      return no('idempotency_key_invalid', 'An idempotency key has 1 to 255 visible ASCII characters.');
    const key = part === undefined ? idempotencyKey : `${idempotencyKey}#${part}`;
    const idempotency = this.#identify(name, call, key, delegation);
    return carryOut(this.#context, name, handler, { ...call, idempotency });
  }

  /** A key is the caller's own; the fingerprint is of the operation, on what authority, and all of its input but how long a claim waits. */
  #identify<Name extends OperationName>(
    name: Name,
    { caller, input }: Call<Name>,
    key: string,
    delegation: string | undefined,
  ): Idempotency {
    const what = delegation === undefined ? name : `${name} ${canonical(delegation)}`;
    const { waitSeconds: _, ...claimed } = input as { readonly waitSeconds?: number };
    const asked = name === 'task.claim_next' ? claimed : input;
    const fingerprint = toHex(this.#context.sha256(`${what} ${canonical(asked)}`));
    return { key: `${caller.id} ${key}`, fingerprint };
  }

  /** Follows the events of a run, or all of them. The follower is to be closed. */
  async follow(
    name: 'run.events' | 'event.list',
    input: unknown,
    caller: Passport,
  ): Promise<Outcome<Follower>> {
    const admitted = admitInput(name, input, caller);
    if (!admitted.ok) return admitted;
    const { id, after } = admitted.value as { id?: string; after: number };
    if (id !== undefined && !(await this.#context.runtime.store.run(id))) return absent(this.#context, id);
    return done(new Follower(this.#context, { run: id ?? null }, after));
  }

  gauges(): Promise<Gauges> {
    return gaugesOf(this.#context);
  }

  exportLedger(input: unknown, caller: Passport): Outcome<AsyncGenerator<string, void, void>> {
    const admitted = admitInput('ledger.export', input, caller);
    return admitted.ok ? done(exportLines(this.#context)) : admitted;
  }

  /** OP-3. Why the request is not let in as things are now. */
  async #lookAgain(
    name: OperationName,
    input: unknown,
    caller: Passport,
    delegation: string | undefined,
  ): Promise<Refused | null> {
    const { organisation } = this.#context.runtime;
    const secret = this.#presented.get(caller)?.secret;
    const now =
      secret === undefined
        ? organisation.passport(caller.id)
        : await organisation.tokens.authenticate(secret);
    if (!now || !mayAct(now))
      return no('token_invalid', 'The token has been revoked, or its participant may not act.');
    const admitted = await this.#admitUnder(name, input, now, delegation);
    return admitted.ok ? null : admitted;
  }

  async #admitUnder<Name extends OperationName>(
    name: Name,
    input: unknown,
    caller: Passport,
    delegation: string | undefined,
  ): Promise<Outcome<Pick<Call<Name>, 'input' | 'caller'>>> {
    if (delegation === undefined) {
      const admitted = admitInput(name, input, caller);
      return admitted.ok ? done({ input: admitted.value, caller }) : admitted;
    }
    const acting = actingUnder(this.#context, delegation, caller);
    if (!acting.ok) return acting;
    const admitted = admitInput(name, input, acting.value.caller);
    if (!admitted.ok) return admitted;
    const refused =
      ownAffair(name) ??
      (isOfMany(name) ? null : await overstepped(this.#context, acting.value, name, admitted.value));
    return refused ?? done({ input: admitted.value, caller: acting.value.caller });
  }
}

const ignore = (): void => {};
