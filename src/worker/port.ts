import type { Json } from './json.ts';

/** What a worker asks of HumanOS. A call resolves with the answer, or rejects with `Refused` or `Unreachable`. */
export interface TaskPort {
  /** Who the worker is to the server. */
  me(signal: AbortSignal): Promise<Identity>;
  /** The next task, in progress and with its fencing token; null when none came in time. */
  claimNext(request: ClaimRequest, call: MutationCall): Promise<ClaimedTask | null>;
  heartbeat(held: Held, leaseSeconds: number, signal: AbortSignal): Promise<void>;
  progress(held: Held, report: Report, call: MutationCall): Promise<void>;
  complete(
    held: Held,
    result: { readonly output: Json; readonly usage: Usage; readonly confidence?: number },
    call: MutationCall,
  ): Promise<void>;
  fail(held: Held, failure: FailureReport, call: MutationCall): Promise<void>;
  release(held: Held, reason: string, call: MutationCall): Promise<void>;
  /** The JSON content of an artifact; undefined where the content is not JSON. */
  artifact(sha256: string, signal: AbortSignal): Promise<Json | undefined>;
  /** Asks for calls of tools; left out, nothing can be called. */
  readonly tools?: ToolPort;
}

/** The gate before the tools. */
export interface ToolPort {
  request(
    held: Held,
    wanted: {
      readonly key: string;
      readonly tool: string;
      readonly class?: 'read_only' | 'reversible' | 'consequential';
      readonly arguments: Json;
    },
    call: MutationCall,
  ): Promise<ToolRequest>;
  get(request: string, waitSeconds: number, signal: AbortSignal): Promise<ToolRequest>;
  use(request: Held, digest: string, call: MutationCall): Promise<ToolRequest>;
  done(request: Held, result: Json, call: MutationCall): Promise<ToolRequest>;
  failed(
    request: Held,
    problem: { readonly code: string; readonly message: string; readonly effect: 'none' | 'unknown' },
    call: MutationCall,
  ): Promise<ToolRequest>;
}

export interface ToolRequest {
  /** Null where the call is denied. */
  readonly request: string | null;
  readonly status: string;
  readonly code: string | null;
  readonly message: string | null;
  /** Why it is denied: codes of policies and of the profile, strictest first. */
  readonly reasons: readonly string[];
  /** Who may do it instead, where it is left to people. */
  readonly to: readonly string[];
  readonly digest: string;
  readonly restsOn: readonly string[];
  readonly result: Json;
}

export interface Identity {
  /** Id of its passport. */
  readonly id: string;
  readonly name: string;
  /** Held by name. What these imply it can do as well, but no agent may look that up. */
  readonly capabilities: readonly string[];
  /** Most tasks held at once. */
  readonly capacity: number;
}

export interface ClaimRequest {
  /** Null: whatever comes. */
  readonly capabilities: readonly string[] | null;
  readonly waitSeconds: number;
  readonly leaseSeconds: number;
}

/** Names one claim of one task. Whoever holds an older token is refused. */
export interface Held {
  readonly id: string;
  readonly token: number;
}

export interface ClaimedTask extends Held {
  readonly run: string;
  readonly step: string;
  /** Place in the fan-out; 0 without one. */
  readonly slot: number;
  /** Counts from 1; work that was sent back is done again in the next. */
  readonly round: number;
  /** Counts from 1. */
  readonly attempt: number;
  /** `record` asks for a write to a system of record, `verification` to read it back, `escalation` to mend what failed. */
  readonly kind: string;
  readonly description: string | null;
  readonly requires: readonly string[];
  readonly priority: number;
  /** Milliseconds since the epoch. */
  readonly deadline: number | null;
  readonly input: Json;
  /** Why it is asked for, where it comes from a failure or a rejection. */
  readonly reason: string | null;
}

/** `cost` is in the currency of the run's limits. */
export interface Usage {
  readonly tokens: number;
  readonly cost: number;
}
export interface Report {
  /** 0..1. */
  readonly fraction?: number;
  readonly message?: string;
  readonly usage?: Usage;
}
export interface FailureReport {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly usage: Usage;
}
export interface MutationCall {
  /** The same for every repetition of the same call, and of no other. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/** The server has answered, and it is no. `code` is stable; its page is under `docs/errors/`. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;
  readonly status: number;
  readonly remediation: string | null;
  readonly details: { readonly [key: string]: unknown };

  constructor(answer: {
    readonly code: string;
    readonly status: number;
    readonly message: string;
    readonly remediation?: string | null;
    readonly details?: { readonly [key: string]: unknown };
  }) {
    super(answer.message);
    this.code = answer.code;
    this.status = answer.status;
    this.remediation = answer.remediation ?? null;
    this.details = answer.details ?? {};
  }
}

/** No answer: the connection was lost, or the server is not able to answer now. What was asked may have been done. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  /** Set where the server answered with a fault of its own, which may last for this request only. */
  readonly fault: Refused | null;

  constructor(message: string, options: { readonly cause?: unknown; readonly fault?: Refused } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.fault = options.fault ?? null;
  }
}
