import {
  errorEntry,
  isOperation,
  no,
  readJson,
  readUtf8,
  type Asked,
  type ErrorKind,
  type Outcome,
  type Passport,
  type Rejection,
} from '../operations/index.ts';
import { CATALOGUE } from '../operations/schema/index.ts';
import { isJson, readBytes } from './body.ts';
import { written } from './endpoint.ts';
import { authenticate } from './guard.ts';
import { problemOf, statusOf, problemResponse, type Problem } from './problem.ts';
import { faultProblem, type Limits, type Shell } from './shell.ts';
import type { Answers, Outgoing } from './unread.ts';

/**
 * JSON-RPC 2.0 over HTTP: the methods are the operations, by name; `params` are the members of their input.
 *
 * RPC-1  The requests of a batch are carried out one after the other; a notification is carried out and not answered.
 *        `Delegation` names what all of them are done under.
 * RPC-2  `Idempotency-Key` covers the whole of a request: in a batch each of its requests gets a key of its own from it.
 * RPC-3  Who asks is looked at again before each request of a batch, since those before it may have taken long.
 * RPC-4  Each reply is written when there is one, so that none can cost another. Behind so many bytes of them nothing more of a batch
 *        is carried out.
 * RPC-5  Each request of a batch is counted by its operation, as 200 or with the status of its problem; what cannot be read as such as `rpc`.
 */
export async function rpc(shell: Shell, request: Request, outgoing: Outgoing | undefined): Promise<Response> {
  const { headers } = request;
  const asking = (): Promise<Outcome<Passport>> =>
    authenticate(shell.operations, headers.get('authorization'));
  const caller = await asking();
  if (!caller.ok) return problemResponse(caller.rejection);
  if (!isJson(headers.get('content-type')))
    return problemResponse(
      no('media_type_unsupported', 'JSON-RPC takes application/json in UTF-8.').rejection,
    );
  const bytes = await readBytes(request, shell.limits.body);
  if (!bytes.ok) return problemResponse(bytes.rejection);
  const text = readUtf8(bytes.value);
  const value = text.ok ? readJson(text.value) : text;
  if (!value.ok) return written(failed(null, PARSE_ERROR, value.rejection));
  const asked = askedOf(shell, request);
  const answers = shell.unread.on(outgoing);
  const first = async (): Promise<Outcome<Passport>> => caller;
  if (!Array.isArray(value.value))
    return reply(await answer(value.value, (call) => perform(shell, answers, first, call, asked)));
  return batch(shell, value.value, (call, at) =>
    perform(shell, answers, at === 0 ? first : asking, call, { ...asked, part: at }),
  );
}

function askedOf({ stopping }: Shell, { headers, signal }: Request): Asked {
  const key = headers.get('idempotency-key');
  const delegation = headers.get('delegation');
  return {
    signal: AbortSignal.any([signal, stopping]),
    ...(key !== null && { idempotencyKey: key }),
    ...(delegation !== null && { delegation }),
  };
}

async function batch(
  { limits }: Shell,
  requests: readonly unknown[],
  carryOut: (call: Call, at: number) => Promise<Reply>,
): Promise<Response> {
  if (requests.length === 0)
    return written(failed(null, INVALID_REQUEST, malformed('A batch has at least one request.')));
  if (requests.length > limits.batch) {
    const message = `The batch has ${requests.length} requests; the most is ${limits.batch}.`;
    return written(failed(null, INVALID_REQUEST, tooLarge(message)));
  }
  const replies: Reply[] = [];
  let size = 0;
  for (const [at, request] of requests.entries()) {
    const text = await answer(request, (call) =>
      size > limits.replies ? leftOut(call, at, limits) : carryOut(call, at),
    );
    if (text === null) continue;
    replies.push(text);
    size += Buffer.byteLength(text);
  }
  return reply(replies.length > 0 ? `[${replies.join()}]` : null);
}

const leftOut = ({ id = null }: Call, at: number, { replies }: Limits): Reply => {
  const message = `It was not carried out: the replies to the ${at} requests before it have more than ${replies} bytes.`;
  return refused(id, tooLarge(message));
};

const reply = (text: Reply | null): Response =>
  text === null ? new Response(null, { status: 204 }) : written(text);

/** As JSON. */
type Reply = string;
type Id = string | number | null;

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

const succeeded = (id: Id, result: unknown): Reply => JSON.stringify({ jsonrpc: '2.0', id, result });
const failed = (id: Id, code: number, rejection: Rejection): Reply =>
  failedWith(id, code, problemOf(rejection));
const failedWith = (id: Id, code: number, data: Problem): Reply =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: data.detail, data } });
const refused = (id: Id, rejection: Rejection): Reply =>
  failed(id, BY_KIND[errorEntry(rejection.code).kind], rejection);
const malformed = (message: string): Rejection => no('rpc_malformed', message).rejection;
const tooLarge = (message: string): Rejection => no('rpc_batch_too_large', message).rejection;

interface Call {
  readonly id: Id | undefined;
  readonly method: string;
  readonly params: object;
}

/** One that comes back as it was sent. */
const isId = (id: unknown): id is Id =>
  id === null ||
  typeof id === 'string' ||
  (typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER);

function read(call: unknown): Call | string {
  if (typeof call !== 'object' || call === null || Array.isArray(call)) return 'A request is an object.';
  const { jsonrpc, id, method, params = {} } = call as Record<string, unknown>;
  if (jsonrpc !== '2.0') return 'A request says `"jsonrpc": "2.0"`.';
  if (id !== undefined && !isId(id))
    return `An id is a text, a number up to ${Number.MAX_SAFE_INTEGER}, or null.`;
  if (typeof method !== 'string') return 'A method is a text.';
  if (typeof params !== 'object' || params === null) return '`params` is an object.';
  return { id, method, params };
}

/** Null for a notification, which is not answered. */
async function answer(
  request: unknown,
  carryOut: (call: Call) => Reply | Promise<Reply>,
): Promise<Reply | null> {
  const call = read(request);
  if (typeof call === 'string') return failed(idOf(request), INVALID_REQUEST, malformed(call));
  const text = await carryOut(call);
  return call.id === undefined ? null : text;
}

const idOf = (request: unknown): Id => {
  const id = (request as { id?: unknown } | null)?.id;
  return isId(id) ? id : null;
};

async function perform(
  shell: Shell,
  answers: Answers,
  asking: () => Promise<Outcome<Passport>>,
  { id = null, method, params }: Call,
  asked: Asked,
): Promise<Reply> {
  const refuse = (rejection: Rejection): Reply => {
    shell.metrics.countRequest(method, statusOf(rejection.code));
    return refused(id, rejection);
  };
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
    const caller = await asking();
    if (!caller.ok) return refuse(caller.rejection);
    const carryOut = async (): Promise<Reply> => {
      const outcome = await shell.operations.call(method, params, caller.value, asked);
      if (!outcome.ok) return refuse(outcome.rejection);
      shell.metrics.countRequest(method, 200);
      return succeeded(id, outcome.value);
    };
    const given = await answers.give(caller.value, CATALOGUE[method], carryOut, Buffer.byteLength);
    return given.ok ? given.value : refuse(given.rejection);
  } catch (fault) {
    const problem = faultProblem(shell, fault, method);
    shell.metrics.countRequest(method, problem.status);
    return failedWith(id, BY_KIND[errorEntry(problem.code).kind], problem);
  }
}
