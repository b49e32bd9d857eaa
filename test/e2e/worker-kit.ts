import { createClient, type Client } from '../../src/client/index.ts';
import { openServer, type OpenServer } from '../../src/main/serve.ts';
import { clientPort } from '../../src/worker/client-port.ts';
import type { WorkerEvent } from '../../src/worker/event.ts';
import type { Handler } from '../../src/worker/handler.ts';
import { startWorker, type Worker, type WorkerSettings } from '../../src/worker/worker.ts';
import { passingDatabase } from './databases.ts';
import { ManualClock } from './worker-scripted.ts';

type Fetch = (request: Request) => Response | Promise<Response>;
/** What happens to a request: `lost` on the way there, `unanswered` on the way back. */
type Fate = 'lost' | 'unanswered' | undefined;

/** A server in this process, its administrator, and an agent that may do `counting` and `writing`. */
export interface World {
  readonly server: OpenServer;
  readonly admin: Client;
  readonly agent: { readonly id: string; readonly token: string };
  /** Decides what happens to each request of a worker; nothing, if it is not set. */
  fate: (path: string, times: number) => Fate;
  /** Saves a definition of one phase, and starts it. */
  run(steps: readonly object[], input?: object): Promise<string>;
  worker(handler: Handler, settings?: Partial<WorkerSettings>): Hand;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A worker at work, with its time in the hands of the test. */
export interface Hand extends Worker {
  readonly clock: ManualClock;
  readonly events: WorkerEvent[];
  /** The next event of this type that nobody has taken yet. */
  next<Type extends WorkerEvent['type']>(type: Type): Promise<Extract<WorkerEvent, { type: Type }>>;
}

const CAPABILITIES = ['counting', 'writing'];

export const clientOf = (fetchOf: () => Fetch, token: string): Client =>
  createClient({
    url: 'http://127.0.0.1',
    token,
    retries: 0,
    fetch: async (where, init) => fetchOf()(new Request(where, init)),
  });

export async function openWorld(asked?: string): Promise<World> {
  const databaseUrl = asked ?? (await passingDatabase());
  const open = () => openServer({ databaseUrl, port: 0 });
  const server = await open();
  const current = { server };
  const admin = clientOf(() => current.server.fetch, server.adminToken ?? '');
  const passport = await admin.participant.register({
    kind: 'agent',
    name: 'Counter',
    owner: (await admin.participant.me()).id,
    capabilities: CAPABILITIES,
    capacity: 8,
  });
  const { secret } = await admin.token.issue({ passport: passport.id });
  const hands: Hand[] = [];
  const world: World = {
    get server() {
      return current.server;
    },
    admin,
    agent: { id: passport.id, token: secret ?? '' },
    fate: () => undefined,
    run: (steps, input = {}) => startRun(admin, steps, input),
    worker: (handler, settings = {}) => {
      const hand = startHand(world, handler, settings);
      hands.push(hand);
      return hand;
    },
    restart: async () => {
      await current.server.stop();
      current.server = await open();
    },
    close: async () => {
      await Promise.all(hands.map((hand) => hand.stop(0)));
      await current.server.stop();
    },
  };
  return world;
}

let definitions = 0;
async function startRun(admin: Client, steps: readonly object[], input: object): Promise<string> {
  definitions += 1;
  const id = `work-${definitions}`;
  const phases = steps.map((step, at) => ({
    id: `p${at + 1}`,
    ...(at > 0 && { needs: [`p${at}`] }),
    steps: [{ id: 'work', ...step }],
  }));
  await admin.workflow.saveDefinition({ document: { id, name: id, phases } });
  return (await admin.workflow.start({ definition: id, input: input as never })).id;
}

function startHand(world: World, handler: Handler, settings: Partial<WorkerSettings>): Hand {
  const clock = new ManualClock();
  const events: WorkerEvent[] = [];
  const told = new Set<() => void>();
  const times = new Map<string, number>();
  const taken = new Set<WorkerEvent>();
  const send: Fetch = async (request) => {
    const { pathname } = new URL(request.url);
    const what = pathname.split('/').at(-1) ?? '';
    times.set(what, (times.get(what) ?? 0) + 1);
    const fate = world.fate(what, times.get(what) ?? 0);
    if (fate === 'lost') throw new TypeError('the connection was lost');
    const response = await world.server.fetch(request);
    if (fate === 'unanswered') throw new TypeError('the connection was lost');
    return response;
  };
  const started = startWorker(
    {
      name: 'counter',
      leaseSeconds: 30,
      log: (event) => {
        events.push(event);
        for (const listener of told) listener();
      },
      ...settings,
    },
    new Map(CAPABILITIES.map((capability) => [capability, handler])),
    { port: clientPort(clientOf(() => send, world.agent.token)), clock },
  );
  const next: Hand['next'] = (type) =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = events.find((event) => event.type === type && !taken.has(event));
        if (!found) return;
        taken.add(found);
        told.delete(look);
        resolve(found as never);
      };
      told.add(look);
      look();
    });
  return { ...started, clock, events, next };
}

/** The run when it has ended. */
export async function ended(admin: Client, id: string) {
  for await (const event of admin.events({ run: id, untilEnd: true })) void event;
  return admin.workflow.getRun({ id, results: 'all' });
}

/** How many entries of a type a run's record has. */
export async function count(admin: Client, run: string, type: string): Promise<number> {
  const { events } = await admin.run.events({ id: run, limit: 1000 });
  return events.filter((event) => event.type === type).length;
}
