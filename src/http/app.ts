import { Hono, type Context } from 'hono';
import { errorPage, no, type Operations, type Rejection } from '../operations/index.ts';
import { CATALOGUE, type Operation } from '../operations/schema/index.ts';
import { showDecision, takeDecision } from './decision-page.ts';
import { endpoint, json, type Incoming } from './endpoint.ts';
import { allowedHosts, hostProblem, isLoopback, secured } from './guard.ts';
import type { Metrics } from './metrics.ts';
import { openApi } from './openapi.ts';
import { problemResponse } from './problem.ts';
import { rpc } from './rpc.ts';
import { faultResponse, LIMITS, type Limits, type Log, type Shell } from './shell.ts';
import { Unread, type Outgoing } from './unread.ts';

export interface AppOptions {
  readonly operations: Operations;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Of the program. */
  readonly version: string;
  /** The address the server is bound to. */
  readonly host: string;
  /** Further names that the server goes by. */
  readonly hosts?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** False for a server that is only asked how it is. True if left out. */
  readonly answers?: boolean;
}

/** What comes with a request that came over a socket. */
export interface Socket {
  readonly outgoing?: Outgoing;
}
interface Env {
  Bindings: Socket;
}

/** The HTTP interface, without a socket. */
export interface App {
  readonly fetch: (request: Request, socket?: Socket) => Response | Promise<Response>;
  /** Takes no new requests; who waits is answered, and event streams end. */
  drain(): void;
  /** As `Limits.patience`. */
  readonly patience: number;
}

/** Paths beside those of operations; they need no token, and hold nothing that does. */
const OPEN = [
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/docs/errors/:page',
  '/decisions/:token',
] as const;

export function createApp(options: AppOptions): App {
  const { operations, metrics, log, version } = options;
  const controller = new AbortController();
  const limits = { ...LIMITS, ...options.limits };
  const unread = new Unread(limits);
  const stopping = controller.signal;
  const shell: Shell = { operations, log, metrics, limits, stopping, streams: new Set(), unread };
  const app = new Hono<Env>();
  const isReady = (): boolean => operations.isReady && !controller.signal.aborted;
  admit(app, options, shell);
  serveOpen(app, { operations, metrics, isReady });
  if (options.answers ?? true) {
    serveDescription(app, version);
    serveDecisions(app, operations, metrics);
    for (const operation of Object.values(CATALOGUE) as Operation[])
      serveOperation(app, shell, operation, metrics);
    app.post('/rpc', async (context) => {
      const response = await rpc(shell, context.req.raw, context.env.outgoing);
      if (!response.ok) metrics.countRequest('rpc', response.status);
      return response;
    });
    app.notFound((context) => unknownPath(context.req.method, new URL(context.req.url).pathname));
  } else app.notFound(() => problemResponse(refusal('no_interface', ELSEWHERE)));
  app.onError((fault, context) =>
    faultResponse(shell, fault, `${context.req.method} ${context.req.routePath}`),
  );
  return {
    fetch: (request, socket = {}) => app.fetch(request, socket),
    drain: () => controller.abort(),
    patience: limits.patience,
  };
}

/** What every request passes: the name it uses for the server, and whether the server is there for it. */
function admit(app: Hono<Env>, { host, hosts = [] }: AppOptions, { operations, stopping }: Shell): void {
  const allowed = allowedHosts(host, hosts);
  app.use(async (context, next) => {
    const { path, url } = context.req;
    const refused = !isLoopback(host) && PROBES.has(path) ? null : hostProblem(url, allowed);
    if (refused) context.res = problemResponse(refused.rejection);
    else if ((!operations.isRunning || stopping.aborted) && NEEDS_STATE.test(path))
      context.res = notReady(stopping.aborted);
    else await next();
    secured(context.res);
  });
}

/** What asks a server that others reach how it is does so by its address, whatever names it goes by. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

const NEEDS_STATE = /^\/(?:v1\/|rpc$|decisions(?:\/|$))/;

const notReady = (isStopping: boolean): Response =>
  problemResponse(no('stopping', `The server is ${isStopping ? 'stopping' : 'starting'}.`).rejection, {
    ...(isStopping && { connection: 'close' }),
  });

interface OpenParts {
  readonly operations: Operations;
  readonly metrics: Metrics;
  isReady(): boolean;
}

/** Of every server: how it is, and what its refusals mean. */
function serveOpen(app: Hono<Env>, { operations, metrics, isReady }: OpenParts): void {
  app.get('/healthz', () => json({ status: 'ok' }));
  app.get('/readyz', () => json({ status: isReady() ? 'ready' : 'not ready' }, isReady() ? 200 : 503));
  app.get('/metrics', async () => {
    const text = await metrics.text(await operations.gauges());
    return new Response(text, { headers: { 'content-type': metrics.contentType } });
  });
  app.get('/docs/errors/:page', (context) => {
    const page = errorPage(context.req.param('page').replace(/\.md$/, ''));
    if (page === null) return problemResponse(refusal('path_unknown', 'There is no such page.'));
    return new Response(page, { headers: { 'content-type': 'text/markdown; charset=utf-8' } });
  });
}

function serveDescription(app: Hono<Env>, version: string): void {
  let document: string | null = null;
  app.get('/openapi.json', () => {
    document ??= JSON.stringify(openApi(version));
    return new Response(document, { headers: { 'content-type': 'application/json' } });
  });
}

/** Pages behind links in mails: who has the link needs no token. */
function serveDecisions(app: Hono<Env>, { decisions }: Operations, metrics: Metrics): void {
  const counted = (name: string, response: Response): Response => {
    metrics.countRequest(name, response.status);
    return response;
  };
  app.get('/decisions/:token', async (context) =>
    counted('decision.show', await showDecision(decisions, context.req.param('token'))),
  );
  app.post('/decisions', async (context) =>
    counted('decision.take', await takeDecision(decisions, context.req.raw)),
  );
}

const ELSEWHERE = 'This server works in the background and has no interface.';

const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

function serveOperation(app: Hono<Env>, shell: Shell, operation: Operation, metrics: Metrics): void {
  const answer = endpoint(shell, operation);
  const { name } = operation;
  app.on(operation.method, honoPath(operation.path), async (context) => {
    const began = performance.now();
    const response = await answer(incomingOf(context)).catch((fault: unknown) =>
      faultResponse(shell, fault, name),
    );
    metrics.countRequest(name, response.status);
    const ms = Math.round((performance.now() - began) * 1000) / 1000;
    shell.log.debug({ operation: name, status: response.status, ms }, 'request');
    return response;
  });
}

const incomingOf = (context: Context<Env>): Incoming => ({
  request: context.req.raw,
  params: context.req.param() as Record<string, string>,
  query: context.req.queries(),
  outgoing: context.env.outgoing,
});

/** Patterns of all paths, and the methods that each takes. */
const PATHS: readonly { readonly pattern: RegExp; readonly methods: readonly string[] }[] = (() => {
  const methods = new Map<string, Set<string>>([
    ['/rpc', new Set(['POST'])],
    ['/decisions', new Set(['POST'])],
  ]);
  for (const path of OPEN) methods.set(path, new Set(['GET', 'HEAD']));
  for (const { path, method } of Object.values(CATALOGUE)) {
    const known = methods.get(honoPath(path)) ?? new Set<string>();
    methods.set(honoPath(path), known.add(method));
    if (method === 'GET') known.add('HEAD');
  }
  return [...methods].map(([path, set]) => ({
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`),
    methods: [...set],
  }));
})();

function unknownPath(method: string, path: string): Response {
  const known = PATHS.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
  const shown = path.slice(0, 200);
  if (known.length === 0) return problemResponse(refusal('path_unknown', `There is nothing at ${shown}.`));
  const allow = [...new Set(known)].join(', ');
  return problemResponse(refusal('method_not_allowed', `${shown} takes ${allow}, not ${method}.`), { allow });
}

const refusal = (code: 'path_unknown' | 'method_not_allowed' | 'no_interface', message: string): Rejection =>
  no(code, message).rejection;
