import { no, permissionsOf, type Asked, type Outcome, type Passport } from '../operations/index.ts';
import type { Operation, OutputOf } from '../operations/schema/index.ts';
import { readBytes, readMembers } from './body.ts';
import { eventStream } from './event-stream.ts';
import { authenticate } from './guard.ts';
import { problemResponse } from './problem.ts';
import { membersOf, readQuery, type Members } from './query.ts';
import type { Place, Shell } from './shell.ts';
import type { Outgoing } from './unread.ts';

/** A request for one operation. */
export interface Incoming {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly outgoing: Outgoing | undefined;
}
export type Endpoint = (incoming: Incoming) => Promise<Response>;

/** Answers requests for an operation over HTTP: who asks, with what input, and what comes of it. */
export function endpoint(shell: Shell, operation: Operation): Endpoint {
  let members: Members | null = null;
  return async (incoming) => {
    const { request } = incoming;
    const caller = await authenticate(shell.operations, request.headers.get('authorization'));
    if (!caller.ok) return problemResponse(caller.rejection);
    members ??= membersOf(operation);
    const input = await readInput(shell, operation, members, incoming);
    if (!input.ok) return problemResponse(input.rejection);
    if (request.headers.has('delegation') && isStream(operation, request))
      return problemResponse(NOT_STREAMED);
    if (operation.reply === 'lines') return exportLedger(shell, input.value, caller.value);
    if (operation.reply === 'events' && wantsStream(request))
      return follow(shell, operation, input.value, caller.value, incoming);
    const asked = askedOf(shell, operation, request);
    const given = await shell.unread.on(incoming.outgoing).give(
      caller.value,
      operation,
      async () => {
        const outcome = await shell.operations.call(operation.name, input.value, caller.value, asked);
        return outcome.ok ? { ok: true as const, value: contentOf(operation, outcome.value) } : outcome;
      },
      (outcome) => (outcome.ok ? Buffer.byteLength(outcome.value.body) : 0),
    );
    const outcome = given.ok ? given.value : given;
    return outcome.ok ? answer(operation, outcome.value) : problemResponse(outcome.rejection);
  };
}

type Input = Readonly<Record<string, unknown>>;

async function readInput(
  { limits }: Shell,
  operation: Operation,
  members: Members,
  { request, params, query }: Incoming,
): Promise<Outcome<Input>> {
  const asked = readQuery(query, members);
  if (!asked.ok) return asked;
  if (operation.method === 'GET') return merge(asked.value, params, 'query');
  const [stray] = Object.keys(query);
  if (stray !== undefined)
    return no(
      'request_invalid',
      `${operation.name} takes its input in the path and the body, not ${stray} in the query.`,
    );
  const bytes = await readBytes(request, limits.body);
  if (!bytes.ok) return bytes;
  const given = readMembers(bytes.value, request.headers.get('content-type'), operation.body ?? 'json');
  return given.ok ? merge(given.value, params, 'body') : given;
}

const merge = (input: Input, params: Input, where: string): Outcome<Input> => {
  const twice = Object.keys(params).find((name) => Object.hasOwn(input, name));
  return twice === undefined
    ? { ok: true, value: { ...input, ...params } }
    : no('request_invalid', `${twice} is in the path, and must not be in the ${where} as well.`);
};

const askedOf = ({ stopping }: Shell, { mutates, waits }: Operation, request: Request): Asked => {
  const key = mutates ? request.headers.get('idempotency-key') : null;
  const delegation = request.headers.get('delegation');
  return {
    ...(key !== null && { idempotencyKey: key }),
    ...(delegation !== null && { delegation }),
    ...(waits && { signal: AbortSignal.any([request.signal, stopping]) }),
  };
};

interface Content {
  readonly body: string | Buffer<ArrayBuffer>;
  /** Null for JSON. */
  readonly mediaType: string | null;
}

function contentOf({ reply }: Operation, value: unknown): Content {
  if (reply !== 'bytes') return { body: JSON.stringify(value), mediaType: null };
  const { mediaType, content } = value as OutputOf<'artifact.get'>;
  return { body: Buffer.from(content, 'base64'), mediaType };
}

function answer({ status }: Operation, { body, mediaType }: Content): Response {
  if (typeof body === 'string' || mediaType === null) return written(String(body), status);
  return new Response(body, {
    ...(status !== undefined && { status }),
    headers: { 'content-type': mediaType, 'content-disposition': 'attachment' },
  });
}

export const json = (value: unknown, status = 200): Response => written(JSON.stringify(value), status);

/** What is JSON already. */
export const written = (text: string, status = 200): Response =>
  new Response(text, { status, headers: { 'content-type': 'application/json' } });

// --- streams ----------------------------------------------------------------------------------------------------------

const isStream = ({ reply }: Operation, request: Request): boolean =>
  reply === 'lines' || (reply === 'events' && wantsStream(request));

const NOT_STREAMED = no(
  'delegation_scope',
  'Nothing is streamed under a delegation: read it page by page.',
).rejection;

const wantsStream = ({ method, headers }: Request): boolean =>
  method === 'GET' && (headers.get('accept') ?? '').split(',').some(isWanted);

const isWanted = (range: string): boolean => STREAM.test(range) && !REFUSED.test(range);
const STREAM = /^\s*text\/event-stream\s*(?:;|$)/i;
/** Such a range is left out of what is accepted (RFC 9110, 12.4.2). */
const REFUSED = /;\s*q=0(?:\.0*)?\s*(?:;|$)/i;

async function follow(
  shell: Shell,
  { name, permission }: Operation,
  input: Input,
  caller: Passport,
  { request, outgoing }: Incoming,
): Promise<Response> {
  const { operations, limits, stopping, streams, log } = shell;
  const place = placeFor(caller, shell);
  if (!place.ok) return problemResponse(place.rejection);
  const leave = (): void => void streams.delete(place.value);
  const last = request.headers.get('last-event-id');
  const from =
    last === null || last === '' ? input : { ...input, after: /^\d{1,15}$/.test(last) ? Number(last) : last };
  const follower = await operations.follow(name as 'run.events', from, caller).catch((fault: unknown) => {
    leave();
    throw fault;
  });
  if (!follower.ok) {
    leave();
    return problemResponse(follower.rejection);
  }
  const reader = async (): Promise<Passport | null> => {
    const now = await authenticate(operations, request.headers.get('authorization'));
    return now.ok && permissionsOf(now.value).includes(permission) ? now.value : null;
  };
  const body = eventStream(follower.value, {
    stopping,
    reader,
    heartbeat: limits.heartbeat,
    patience: limits.patience,
    onStall: () => void outgoing?.destroy(),
    onFault: (fault) => log.error({ err: fault, where: name }, 'an event stream was broken off'),
    onEnd: leave,
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } });
}

/** It is taken at once, before anything is waited for: of those who come together no more get one than there are. */
function placeFor({ id, name }: Passport, { limits, streams }: Shell): Outcome<Place> {
  if (streams.size >= limits.streams)
    return no('streams_full', `${streams.size} event streams are open, which is the most.`);
  const own = [...streams].filter(({ participant }) => participant === id).length;
  if (own >= limits.streamsEach)
    return no(
      'streams_full',
      `${name} has ${own} event streams open, which is the most for one participant.`,
    );
  const place = { participant: id };
  streams.add(place);
  return { ok: true, value: place };
}

/** Each line is made when the last one has been taken. A fault breaks the file off before its last line, which verifying tells. */
function exportLedger({ operations, log }: Shell, input: Input, caller: Passport): Response {
  const lines = operations.exportLedger(input, caller);
  if (!lines.ok) return problemResponse(lines.rejection);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await lines.value.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (fault) {
        log.error({ err: fault, where: 'ledger.export' }, 'an export was broken off');
        controller.close();
      }
    },
    cancel: () => void lines.value.return(),
  });
  return new Response(body, {
    headers: {
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="ledger.ndjson"',
    },
  });
}
