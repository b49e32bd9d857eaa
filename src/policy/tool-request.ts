/**
 * A request to call a tool, from the question to the call.
 *
 * CALL-1  A grant is for exactly one digest of tool and arguments, one agent and one task, and for one call.
 * CALL-2  Once a call has begun, only the same call may go on under its grant, also after a crash and after the grant's time: what it
 *         began on was valid, and giving the same call again is how its end is found out.
 * CALL-3  A call that failed before it did anything gives the grant back; one of which that is not known stays `calling`.
 */
import type { Json } from '../definition/json.ts';

export type ToolRequestStatus =
  | 'waiting'
  | 'granted'
  | 'calling'
  | 'used'
  | 'rejected'
  | 'withdrawn'
  | 'revoked'
  | 'expired';
export type ToolRequestCommand =
  | 'approve'
  | 'reject'
  | 'withdraw'
  | 'revoke'
  | 'expire'
  | 'begin'
  | 'finish'
  | 'fail';

/** Where each command leads from each status; a command that is missing is refused there. */
export const TOOL_REQUEST_COMMANDS = {
  waiting: { approve: 'granted', reject: 'rejected', withdraw: 'withdrawn', expire: 'expired' },
  granted: { begin: 'calling', withdraw: 'withdrawn', revoke: 'revoked', expire: 'expired' },
  calling: { begin: 'calling', finish: 'used', fail: 'granted' },
  used: {},
  rejected: {},
  withdrawn: {},
  revoked: {},
  expired: {},
} as const satisfies Record<ToolRequestStatus, Partial<Record<ToolRequestCommand, ToolRequestStatus>>>;

export interface ToolRequest {
  readonly id: string;
  readonly status: ToolRequestStatus;
  /** Of tool and arguments, as `digestOfCall` makes it. */
  readonly digest: string;
  readonly tool: string;
  /** Passport of who calls. */
  readonly agent: string;
  readonly task: string;
  /** What the approval covers, as in the obligations: `refunds@3`. Empty until it is granted. */
  readonly restsOn: readonly string[];
  /** ms since 1970: until when it can be decided while it waits, until when it can be begun once granted. */
  readonly expiresAt: number;
  /** The call that uses it; null until one begins. */
  readonly call: string | null;
  /** The standing grant that stood in for an approval, or null. */
  readonly standing: string | null;
}

export interface Hashing {
  /** Canonical JSON (RFC 8785). */
  canonical(value: Json): string;
  /** SHA-256 of the UTF-8 text, hex. */
  sha256(text: string): string;
}

/** Names exactly this call of exactly this tool. */
export const digestOfCall = (tool: string, args: Json, { canonical, sha256 }: Hashing): string =>
  sha256(canonical({ kind: 'tool.call', tool, arguments: args }));

export type ToolRequestAct =
  | { readonly type: 'approve'; readonly restsOn: readonly string[]; readonly expiresAt: number }
  | { readonly type: 'begin'; readonly call: string }
  | { readonly type: Exclude<ToolRequestCommand, 'approve' | 'begin'> };

export interface GateRefusal {
  readonly code:
    | 'request_status'
    | 'request_expired'
    | 'request_not_due'
    | 'call_differs'
    | 'grant_status'
    | 'grant_expired'
    | 'grant_not_due'
    | 'grant_spent'
    | 'amount_invalid';
  readonly message: string;
}
export type Acted<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: GateRefusal };

export const refused = (code: GateRefusal['code'], message: string): Acted<never> => ({
  ok: false,
  refusal: { code, message },
});

/** The request after an act, or why not. */
export function actOnRequest(request: ToolRequest, act: ToolRequestAct, now: number): Acted<ToolRequest> {
  const row: Partial<Record<ToolRequestCommand, ToolRequestStatus>> = TOOL_REQUEST_COMMANDS[request.status];
  const status = row[act.type];
  if (status === undefined)
    return refused('request_status', `A request that is ${request.status} cannot ${act.type}.`);
  const over = now >= request.expiresAt;
  if (act.type === 'expire' && !over)
    return refused('request_not_due', `The request is good until ${request.expiresAt}.`);
  if (over && (act.type === 'approve' || (act.type === 'begin' && request.status === 'granted')))
    return refused('request_expired', 'The time of the request is over; ask again.');
  if (act.type === 'begin' && request.call !== null && request.call !== act.call)
    return refused('call_differs', 'Another call has begun under this grant, and it is for one.');
  return { ok: true, value: { ...request, ...changeOf(act), status } };
}

function changeOf(act: ToolRequestAct): Partial<ToolRequest> {
  if (act.type === 'approve') return { restsOn: act.restsOn, expiresAt: act.expiresAt };
  if (act.type === 'begin') return { call: act.call };
  return act.type === 'fail' ? { call: null } : {};
}
