import { callKey } from './call-key.ts';
import type { Json } from './json.ts';
import { persist, type Persistence } from './patience.ts';
import { Refused, type Held, type MutationCall, type ToolPort, type ToolRequest } from './port.ts';

/** A call of a tool that an agent wants to make. */
export interface WantedCall {
  /**
   * The same for each repetition of the call, and for no other call. The gate knows by it what one agent asks for in one attempt at a task;
   * a tool that is given a key which is the same in a later attempt as well knows by it whether the call was made at all.
   */
  readonly key: string;
  readonly tool: string;
  /** What the agent takes it for; it never counts for less than the organisation says. */
  readonly class?: 'read_only' | 'reversible' | 'consequential';
  readonly arguments: Json;
}

export type ToolPermission =
  | GrantedCall
  /** It was made already, and this is what came of it. */
  | { readonly may: 'know'; readonly result: Json }
  /** People or policies say no, or nobody answered in time. `reasons`: codes of policies and of the profile. */
  | {
      readonly may: 'not';
      readonly code: string;
      readonly reason: string;
      readonly reasons: readonly string[];
    }
  /** A person is to do it: one of these parties. */
  | { readonly may: 'hand_over'; readonly reason: string; readonly to: readonly string[] };

export interface GrantedCall {
  readonly may: 'call';
  /**
   * This agent had begun it before, in this attempt, and nobody knows what came of it: ask the tool, by the key of the call, before it is
   * called. What was begun in another attempt, or by another agent, is not told here.
   */
  readonly begun: boolean;
  /** What it rests on: policies as `refunds@3`, a profile, or `grant:ID`. */
  readonly restsOn: readonly string[];
  /** Takes the grant. The call is made only after that, and once. Does nothing where none is needed. */
  begin(): Promise<void>;
  done(result: Json): Promise<void>;
  /** `none`: nothing was done, and the call can begin again. */
  failed(problem: {
    readonly code: string;
    readonly message: string;
    readonly effect: 'none' | 'unknown';
  }): Promise<void>;
}

const WAIT_SECONDS = 20;

/**
 * Asks for calls on behalf of one claimed task.
 *
 * ASKS-1  Every request is repeated until it is answered; the server takes each once.
 * ASKS-2  It waits for people, and begins calls, as long as the task is held.
 * ASKS-3  What came of a call is told as long as the worker waits for answers at all: the call was made, whoever holds the task now.
 */
export class ToolGate {
  readonly #port: ToolPort;
  readonly #held: Held;
  readonly #asking: Persistence;
  readonly #telling: Persistence;
  #calls = 0;

  constructor(
    port: ToolPort,
    held: Held,
    { asking, telling }: { readonly asking: Persistence; readonly telling: Persistence },
  ) {
    this.#port = port;
    this.#held = held;
    this.#asking = asking;
    this.#telling = telling;
  }

  async ask(wanted: WantedCall): Promise<ToolPermission> {
    let found = await this.#send(this.#asking, (call) => this.#port.request(this.#held, wanted, call));
    while (found.status === 'waiting' && found.request !== null) {
      const { request } = found;
      found = await persist(this.#asking, (signal) => this.#port.get(request, WAIT_SECONDS, signal));
    }
    return this.#permissionOf(found);
  }

  #permissionOf(found: ToolRequest): ToolPermission {
    const { status, code, message, reasons, to, result } = found;
    const reason = message ?? `the request is ${status}`;
    if (code === 'human_required') return { may: 'hand_over', reason, to };
    if (status === 'used') return { may: 'know', result };
    if (status === 'allowed' || status === 'granted' || status === 'calling') return this.#granted(found);
    return { may: 'not', code: code ?? status, reason, reasons };
  }

  #granted({ request, status, digest, restsOn }: ToolRequest): GrantedCall {
    const needsNone = status === 'allowed' || request === null;
    const held = { id: request ?? '', token: this.#held.token };
    const send = async (
      persistence: Persistence,
      act: (call: MutationCall) => Promise<unknown>,
    ): Promise<void> => {
      if (!needsNone) await this.#send(persistence, act);
    };
    return {
      may: 'call',
      begun: status === 'calling',
      restsOn,
      begin: () => send(this.#asking, (call) => this.#port.use(held, digest, call)),
      done: (result) => send(this.#telling, (call) => this.#port.done(held, result, call)),
      failed: (problem) => send(this.#telling, (call) => this.#port.failed(held, problem, call)),
    };
  }

  #send<Value>(persistence: Persistence, request: (call: MutationCall) => Promise<Value>): Promise<Value> {
    this.#calls += 1;
    const idempotencyKey = callKey('tool', this.#held, this.#calls);
    return persist(persistence, (signal) => request({ idempotencyKey, signal }));
  }
}

export const noTools = (): Promise<never> =>
  Promise.reject(
    new Refused({ code: 'not_supported', status: 501, message: 'This worker has no gate to tools.' }),
  );
