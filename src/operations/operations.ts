import { formatPath, type Json } from '../definition/index.ts';
import { canonical, canonicalProblem, toHex } from '../ledger/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Outcome } from '../runtime/index.ts';
import type { Call, Context, Idempotency, OperationsParts, Read, Write } from './context.ts';
import { Follower } from './events.ts';
import { gaugesOf, type Gauges } from './gauges.ts';
import { HANDLERS } from './handlers.ts';
import { exportLines } from './ledger.ts';
import { done, no } from './outcome.ts';
import { grantOf, rolesWith } from './permissions.ts';
import { Repetitions } from './repetition.ts';
import { CATALOGUE, type OperationName, type OutputOf, type ParsedOf } from './schema/index.ts';

/** What comes with a request besides its input. */
export interface Asked {
  /** Aborts when the caller has gone. */
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
}

const KEY = /^[\x21-\x7e]{1,255}$/;
const MOST_PROBLEMS = 50;

export const isOperation = (name: string): name is OperationName => Object.hasOwn(CATALOGUE, name);

/**
 * Every public operation, whatever way it is asked for.
 *
 * OP-1  The caller's permission is looked at before its input, and its input before anything is done.
 * OP-2  A refusal is a value with a code that has a page; a fault is thrown.
 */
export class Operations {
  readonly #context: Context;
  readonly #repetitions: Repetitions;

  constructor(parts: OperationsParts) {
    this.#context = { ...parts, claiming: new Map() };
    this.#repetitions = new Repetitions(parts.runtime.store);
  }

  /** Takes new requests; false while starting and stopping. */
  get isReady(): boolean {
    return this.#context.runtime.isReady;
  }

  /** The participant that a token belongs to. Unknown and revoked tokens cost as much as known ones. */
  authenticate(secret: string): Promise<Passport | null> {
    return this.#context.runtime.organisation.authenticate(secret);
  }

  /** @throws StoreFault and other faults; a refusal is a value */
  async call<Name extends OperationName>(
    name: Name,
    input: unknown,
    caller: Passport,
    asked: Asked = {},
  ): Promise<Outcome<OutputOf<Name>>> {
    const admitted = this.#admit(name, input, caller);
    if (!admitted.ok) return admitted;
    if (name === 'ledger.export')
      return no('not_over_rpc', 'The exported ledger is a stream: GET /v1/ledger/export.');
    const { signal, idempotencyKey } = asked;
    const call = { input: admitted.value, caller, ...(signal && { signal }) } as Call<Name>;
    if (!CATALOGUE[name].mutates)
      return (HANDLERS[name as 'health.get'] as unknown as Read<Name>)(this.#context, call);
    return this.#write(name, call, idempotencyKey);
  }

  async #write<Name extends OperationName>(
    name: Name,
    call: Call<Name>,
    idempotencyKey: string | undefined,
  ): Promise<Outcome<OutputOf<Name>>> {
    const handler = HANDLERS[name as 'workflow.start'] as unknown as Write<Name, unknown>;
    const act = async (made: Call<Name>): Promise<Outcome<OutputOf<Name>>> => {
      const outcome = await handler.act(this.#context, made);
      return outcome.ok ? done(handler.answer(this.#context, outcome.value, made)) : outcome;
    };
    if (idempotencyKey === undefined) return act(call);
    if (!KEY.test(idempotencyKey))
      return no('idempotency_key_invalid', 'An idempotency key has 1 to 255 visible ASCII characters.');
    const idempotency = this.#identify(name, call, idempotencyKey);
    const recall = (recorded: Json): OutputOf<Name> => handler.answer(this.#context, recorded, call);
    return this.#repetitions.once(idempotency, handler.unrecorded ?? false, recall, () =>
      act({ ...call, idempotency }),
    );
  }

  /** A key is the caller's own; the fingerprint is of the operation and all of its input. */
  #identify<Name extends OperationName>(name: Name, { caller, input }: Call<Name>, key: string): Idempotency {
    const fingerprint = toHex(this.#context.sha256(`${name} ${canonical(input)}`));
    return { key: `${caller.id} ${key}`, fingerprint };
  }

  /** Follows the events of a run, or all of them. The follower is to be closed. */
  async follow(
    name: 'run.events' | 'event.list',
    input: unknown,
    caller: Passport,
  ): Promise<Outcome<Follower>> {
    const admitted = this.#admit(name, input, caller);
    if (!admitted.ok) return admitted;
    const { id, after } = admitted.value as { id?: string; after: number };
    if (id !== undefined && !(await this.#context.runtime.store.run(id)))
      return no('run_unknown', `There is no run ${id}.`);
    return done(new Follower(this.#context, { run: id ?? null }, after));
  }

  gauges(): Promise<Gauges> {
    return gaugesOf(this.#context);
  }

  exportLedger(input: unknown, caller: Passport): Outcome<AsyncGenerator<string, void, void>> {
    const admitted = this.#admit('ledger.export', input, caller);
    return admitted.ok ? done(exportLines(this.#context)) : admitted;
  }

  #admit<Name extends OperationName>(name: Name, input: unknown, caller: Passport): Outcome<ParsedOf<Name>> {
    const { permission, input: schema } = CATALOGUE[name];
    if (grantOf(caller, permission) === null) return forbidden(name, caller);
    const parsed = schema.safeParse(input);
    if (!parsed.success) {
      const problems = parsed.error.issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => ({
        path: formatPath(path.map((part) => (typeof part === 'symbol' ? String(part) : part))),
        message,
      }));
      const list = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
      return no('request_invalid', `The input of ${name} is not right: ${list}`, { problems });
    }
    const unfit = canonicalProblem(parsed.data);
    if (unfit) {
      const problems = [{ path: unfit.path.replace(/^\$\.?/, ''), message: unfit.message }];
      return no('request_invalid', `The input of ${name} cannot be recorded: ${unfit.message}.`, {
        problems,
      });
    }
    return done(parsed.data as ParsedOf<Name>);
  }
}

const forbidden = (name: OperationName, caller: Passport) => {
  const { permission } = CATALOGUE[name];
  const roles = rolesWith(permission);
  const how = roles.length > 0 ? ` A role that may: ${roles.join(', ')}.` : '';
  return no(
    'forbidden',
    `${caller.name} may not call ${name}, which takes the permission ${permission}.${how}`,
    {
      permission,
      roles,
    },
  );
};
