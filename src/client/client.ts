import type { EventView, InputOf, OutputOf } from '../operations/schema/index.ts';
import { ROUTES, type OperationName, type Route } from '../operations/schema/routes.ts';
import { toBase64, toHex } from './base64.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { follow, type EventsRequest } from './events.ts';
import { prepare } from './request.ts';

export type ClientOptions = ConnectionOptions;
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** For a request that is to be repeated by another process; else each write gets a key of its own. */
  readonly idempotencyKey?: string;
}

/** Stands for content that is too large for the state of a run. */
export interface ArtifactRef {
  readonly $artifact: string;
  readonly bytes: number;
}

type Call<Name extends OperationName> =
  Record<string, never> extends InputOf<Name>
    ? (input?: InputOf<Name>, options?: CallOptions) => Promise<OutputOf<Name>>
    : (input: InputOf<Name>, options?: CallOptions) => Promise<OutputOf<Name>>;
type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;
type Area = OperationName extends infer Name ? (Name extends `${infer Of}.${string}` ? Of : never) : never;
type Areas = {
  readonly [Of in Area]: {
    readonly [
      Name in OperationName as Name extends `${Of}.${infer Method}` ? Camel<Method> : never
    ]: Call<Name>;
  };
};

/** Every operation as `client.call('task.claim_next', …)`, and as `client.task.claimNext(…)`. */
export interface Client extends Areas {
  /** @throws ProblemError */
  call<Name extends OperationName>(name: Name, ...given: Parameters<Call<Name>>): Promise<OutputOf<Name>>;
  /** Events as they happen, resumed by themselves when the connection is lost. */
  events(request?: EventsRequest): AsyncGenerator<EventView, void, void>;
  /** The value itself; where it is a reference to an artifact, the JSON in that. */
  resolve(value: unknown): Promise<unknown>;
  /** The bytes of an artifact, by its reference or SHA-256. */
  content(artifact: string | ArtifactRef, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /** Keeps bytes as an artifact and gives the reference to it. */
  keep(content: Uint8Array, mediaType?: string): Promise<ArtifactRef>;
  /** The exported ledger, in pieces as they come. */
  exportLedger(options?: { readonly signal?: AbortSignal }): AsyncGenerator<string, void, void>;
}

/** @throws ProblemError where the address has a user or a password in it, or the token or delegation is what no header can hold */
export function createClient(options: ClientOptions): Client {
  const connection = new Connection(options);
  const call = (name: OperationName, input: object = {}, given: CallOptions = {}): Promise<unknown> =>
    invoke(connection, name, input, given);
  const areas: Record<string, Record<string, unknown>> = {};
  for (const name of Object.keys(ROUTES) as OperationName[]) {
    const [area, method] = name.split('.') as [string, string];
    (areas[area] ??= {})[camel(method)] = (input?: object, given?: CallOptions) => call(name, input, given);
  }
  return {
    ...areas,
    call,
    events: (request: EventsRequest = {}) => follow(connection, request),
    resolve: async (value: unknown) =>
      isArtifactRef(value) ? JSON.parse(new TextDecoder().decode(await contentOf(connection, value))) : value,
    content: (artifact: string | ArtifactRef, given: { signal?: AbortSignal } = {}) =>
      contentOf(connection, artifact, given.signal),
    keep: (content: Uint8Array, mediaType?: string) => keep(connection, content, mediaType),
    exportLedger: (given: { signal?: AbortSignal } = {}) => exportLedger(connection, given.signal),
  } as unknown as Client;
}

const camel = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());

async function invoke(
  connection: Connection,
  name: OperationName,
  input: object,
  { signal, idempotencyKey }: CallOptions,
): Promise<unknown> {
  const route: Route = ROUTES[name];
  const request = prepare(route, input as Record<string, unknown>);
  if (route.mutates) request.headers['idempotency-key'] = idempotencyKey ?? crypto.randomUUID();
  const read = async (response: Response): Promise<unknown> => {
    if (route.reply === 'lines') return response.text();
    if (route.reply !== 'bytes') return response.json();
    const content = await bytesOf(response);
    const mediaType = response.headers.get('content-type') ?? 'application/octet-stream';
    return { ...input, mediaType, bytes: content.length, content: toBase64(content) };
  };
  return connection.send(request, read, signal);
}

const bytesOf = async (response: Response): Promise<Uint8Array> =>
  new Uint8Array(await response.arrayBuffer());

export const isArtifactRef = (value: unknown): value is ArtifactRef =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<ArtifactRef>).$artifact === 'string' &&
  typeof (value as Partial<ArtifactRef>).bytes === 'number';

const DECODER = new TextDecoder('utf-8', { fatal: true });
/** The value that an artifact holds; undefined where it is not JSON. */
export function jsonIn(content: Uint8Array): unknown {
  try {
    return JSON.parse(DECODER.decode(content)) as unknown;
  } catch {
    return undefined;
  }
}

function contentOf(
  connection: Connection,
  artifact: string | ArtifactRef,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const sha256 = typeof artifact === 'string' ? artifact : artifact.$artifact;
  return connection.send(prepare(ROUTES['artifact.get'], { sha256 }), bytesOf, signal);
}

async function keep(
  connection: Connection,
  content: Uint8Array,
  mediaType = 'application/octet-stream',
): Promise<ArtifactRef> {
  const own = new Uint8Array(content);
  const sha256 = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', own)));
  const request = prepare(ROUTES['artifact.put'], { sha256, mediaType });
  await connection.send({ ...request, body: own }, bytesOf);
  return { $artifact: sha256, bytes: own.length };
}

async function* exportLedger(
  connection: Connection,
  signal?: AbortSignal,
): AsyncGenerator<string, void, void> {
  const response = await connection.send(prepare(ROUTES['ledger.export'], {}), (answer) => answer, signal);
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const piece = await reader?.read().catch((fault: unknown) => {
        throw signal?.aborted ? fault : connection.problemOf(fault);
      });
      if (!piece || piece.done) return;
      yield decoder.decode(piece.value, { stream: true });
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}
