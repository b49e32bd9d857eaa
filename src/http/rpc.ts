import {
  errorEntry,
  isOperation,
  no,
  readJson,
  readUtf8,
  type Asked,
  type ErrorKind,
  type Passport,
  type Rejection,
} from '../operations/index.ts';
import { readBytes } from './body.ts';
import { json } from './endpoint.ts';
import { authenticate } from './guard.ts';
import { problemOf, problemResponse, type Problem } from './problem.ts';
import { faultProblem, type Shell } from './shell.ts';

/**
 * JSON-RPC 2.0 over HTTP: the methods are the operations, by name; `params` are the members of their input.
 *
 * RPC-1  The requests of a batch are carried out one after the other; a notification is carried out and not answered.
 *        `Delegation` names what all of them are done under.
 * RPC-2  `Idempotency-Key` covers the whole of a request: in a batch each of its requests gets a key of its own from it.
 */
export async function rpc(shell: Shell, request: Request): Promise<Response> {
  const caller = await authenticate(shell.operations, request.headers.get('authorization'));
  if (!caller.ok) return problemResponse(caller.rejection);
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? ''))
    return problemResponse(no('media_type_unsupported', 'JSON-RPC takes application/json.').rejection);
  const bytes = await readBytes(request, shell.limits.body);
  if (!bytes.ok) return problemResponse(bytes.rejection);
  const text = readUtf8(bytes.value);
  const value = text.ok ? readJson(text.value) : text;
  if (!value.ok) return json(failed(null, PARSE_ERROR, value.rejection));
  const key = request.headers.get('idempotency-key');
  const delegation = request.headers.get('delegation');
  const one = (call: unknown, at: number | null): Promise<Reply | null> =>
    carryOut(shell, caller.value, call, {
      signal: AbortSignal.any([request.signal, shell.stopping]),
      ...(key !== null && { idempotencyKey: at === null ? key : `${key}#${at}` }),
      ...(delegation !== null && { delegation }),
    });
  if (!Array.isArray(value.value)) return reply(await one(value.value, null));
  return batch(shell, value.value, one);
}

async function batch(
  { limits }: Shell,
  calls: readonly unknown[],
  one: (call: unknown, at: number) => Promise<Reply | null>,
): Promise<Response> {
  if (calls.length === 0)
    return json(failed(null, INVALID_REQUEST, malformed('A batch has at least one request.')));
  if (calls.length > limits.batch) {
    const message = `The batch has ${calls.length} requests; the most is ${limits.batch}.`;
    return json(failed(null, INVALID_REQUEST, no('rpc_batch_too_large', message).rejection));
  }
  const replies: Reply[] = [];
  for (const [at, call] of calls.entries()) {
    const answered = await one(call, at);
    if (answered) replies.push(answered);
  }
  return reply(replies.length > 0 ? replies : null);
}

const reply = (value: Reply | readonly Reply[] | null): Response =>
  value === null ? new Response(null, { status: 204 }) : json(value);

type Id = string | number | null;
interface Reply {
  readonly jsonrpc: '2.0';
  readonly id: Id;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data: Problem };
}

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
const INTERNAL_ERROR = -32_603;
/** Of the range that the specification leaves to servers. The stable code is in `data`. */
const BY_KIND: Readonly<Record<ErrorKind, number>> = {
  malformed: INVALID_PARAMS,
  unauthenticated: -32_001,
  forbidden: -32_003,
  unknown: -32_004,
  gone: -32_010,
  wrong_method: METHOD_NOT_FOUND,
  conflict: -32_009,
  too_large: -32_013,
  wrong_media_type: -32_015,
  wrong_host: -32_021,
  unprocessable: -32_022,
  at_capacity: -32_029,
  fault: INTERNAL_ERROR,
  unavailable: -32_053,
};

const failed = (id: Id, code: number, rejection: Rejection): Reply =>
  failedWith(id, code, problemOf(rejection));
const failedWith = (id: Id, code: number, data: Problem): Reply => ({
  jsonrpc: '2.0',
  id,
  error: { code, message: data.detail, data },
});
const malformed = (message: string): Rejection => no('rpc_malformed', message).rejection;

interface Call {
  readonly id: Id | undefined;
  readonly method: string;
  readonly params: object;
}

const isId = (id: unknown): id is Id => id === null || typeof id === 'string' || typeof id === 'number';

function read(call: unknown): Call | string {
  if (typeof call !== 'object' || call === null || Array.isArray(call)) return 'A request is an object.';
  const { jsonrpc, id, method, params = {} } = call as Record<string, unknown>;
  if (jsonrpc !== '2.0') return 'A request says `"jsonrpc": "2.0"`.';
  if (id !== undefined && !isId(id)) return 'An id is a text, a number or null.';
  if (typeof method !== 'string') return 'A method is a text.';
  if (typeof params !== 'object' || params === null) return '`params` is an object.';
  return { id, method, params };
}

async function carryOut(
  shell: Shell,
  caller: Passport,
  request: unknown,
  asked: Asked,
): Promise<Reply | null> {
  const call = read(request);
  if (typeof call === 'string') return failed(idOf(request), INVALID_REQUEST, malformed(call));
  const result = await perform(shell, caller, call, asked);
  return call.id === undefined ? null : result;
}

const idOf = (request: unknown): Id => {
  const id = (request as { id?: unknown } | null)?.id;
  return isId(id) ? id : null;
};

async function perform(
  shell: Shell,
  caller: Passport,
  { id = null, method, params }: Call,
  asked: Asked,
): Promise<Reply> {
  if (!isOperation(method))
    return failed(
      id,
      METHOD_NOT_FOUND,
      no('path_unknown', `There is no method ${method.slice(0, 100)}.`).rejection,
    );
  if (Array.isArray(params))
    return failed(
      id,
      INVALID_PARAMS,
      no('request_invalid', 'Parameters go by name: `params` is an object.').rejection,
    );
  try {
    const outcome = await shell.operations.call(method, params, caller, asked);
    if (outcome.ok) return { jsonrpc: '2.0', id, result: outcome.value };
    return failed(id, BY_KIND[errorEntry(outcome.rejection.code).kind], outcome.rejection);
  } catch (fault) {
    const problem = faultProblem(shell, fault, method);
    return failedWith(id, BY_KIND[errorEntry(problem.code).kind], problem);
  }
}
