import type { WorkerClock } from '../../src/worker/clock.ts';
import type { WorkerEvent } from '../../src/worker/event.ts';
import type { Handler } from '../../src/worker/handler.ts';
import type { Json } from '../../src/worker/json.ts';
import {
  Refused,
  Unreachable,
  type ClaimedTask,
  type FailureReport,
  type MutationCall,
  type Identity,
  type Report,
  type TaskPort,
  type Usage,
} from '../../src/worker/port.ts';
import { startWorker, type WorkerSettings } from '../../src/worker/worker.ts';

/** Time that passes when the test says so. */
export class ManualClock implements WorkerClock {
  #now = 0;
  #timers = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.#now;
  }
  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
  chance(): number {
    return 0.5;
  }
  /** How many calls it still owes: what is left of them keeps a process. */
  get owed(): number {
    return this.#timers.size;
  }
  async pass(ms: number): Promise<void> {
    await settled();
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = end;
  }
}

/** Everything that needs no time has happened. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
};

export interface Signal<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: unknown): void;
}
export const signal = <Value = void>(): Signal<Value> => {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
};

export const refused = (code: string, status = 409, details?: { readonly [key: string]: unknown }): Refused =>
  new Refused({ code, status, message: `${code} it is`, ...(details && { details }) });

export const aTask = (changes: Partial<ClaimedTask> = {}): ClaimedTask => ({
  id: 'run_1:a.b#1',
  token: 1,
  run: 'run_1',
  step: 'a.b',
  slot: 0,
  round: 1,
  attempt: 1,
  kind: 'task',
  description: null,
  requires: ['reading'],
  priority: 5,
  deadline: null,
  input: { file: 'one.xml' },
  reason: null,
  ...changes,
});

export type Call = { readonly what: string; readonly key?: string; readonly body?: unknown };

/** A server that does as the test says: `on` decides the answer to each call, which is yes without it. */
export class ScriptedServer implements TaskPort {
  readonly calls: Call[] = [];
  readonly tasks: ClaimedTask[] = [];
  identity: Identity = {
    id: 'passport_agent_reader',
    name: 'reader',
    capabilities: ['reading'],
    capacity: 9,
  };
  readonly artifacts = new Map<string, Json>();
  on: (what: string, times: number) => unknown = () => undefined;
  #times = new Map<string, number>();

  async #called(what: string, body?: unknown, call?: MutationCall): Promise<void> {
    const key = call?.idempotencyKey;
    this.calls.push({ what, ...(key !== undefined && { key }), ...(body !== undefined && { body }) });
    const times = (this.#times.get(what) ?? 0) + 1;
    this.#times.set(what, times);
    const gone = new Promise<never>((_, reject) => {
      call?.signal.addEventListener('abort', () => reject(new Unreachable('aborted')));
    });
    const answer = await Promise.race([this.on(what, times), gone]);
    if (answer instanceof Error) throw answer;
  }

  me(): Promise<Identity> {
    return Promise.resolve(this.identity);
  }
  /** Whoever asks again hears at once that it was granted nothing. */
  async claimNext(request: unknown, call: MutationCall): Promise<ClaimedTask | null> {
    const { signal: abort, idempotencyKey: key } = call;
    const isAgain = this.calls.some((before) => before.what === 'claim' && before.key === key);
    await this.#called('claim', request, call);
    const task = this.tasks.shift();
    if (task || isAgain) return task ?? null;
    return new Promise((_, reject) => {
      const gone = (): void => reject(new Unreachable('aborted'));
      if (abort.aborted) gone();
      else abort.addEventListener('abort', gone);
    });
  }
  heartbeat(): Promise<void> {
    return this.#called('heartbeat');
  }
  progress(_: unknown, report: Report, call: MutationCall): Promise<void> {
    return this.#called('progress', report, call);
  }
  complete(_: unknown, result: { output: Json; usage: Usage }, call: MutationCall): Promise<void> {
    return this.#called('complete', result, call);
  }
  fail(_: unknown, failure: FailureReport, call: MutationCall): Promise<void> {
    return this.#called('fail', failure, call);
  }
  release(_: unknown, reason: string, call: MutationCall): Promise<void> {
    return this.#called('release', reason, call);
  }
  async artifact(sha256: string): Promise<Json | undefined> {
    await this.#called('artifact', sha256);
    return this.artifacts.get(sha256);
  }

  of(what: string): Call[] {
    return this.calls.filter((call) => call.what === what);
  }
}

export const NO_USAGE = { tokens: 0, cost: 0 };

/** A worker with one handler, a task that waits for it, and everything that it says. */
export const scene = (handler: Handler, settings: Partial<WorkerSettings> = {}) => {
  const server = new ScriptedServer();
  const clock = new ManualClock();
  const events: WorkerEvent[] = [];
  server.tasks.push(aTask());
  const begin = () =>
    startWorker(
      { name: 'reader', leaseSeconds: 30, log: (event) => events.push(event), ...settings },
      new Map([['reading', handler]]),
      { port: server, clock },
    );
  const told = (type: WorkerEvent['type']) => events.filter((event) => event.type === type);
  return { server, clock, events, told, begin };
};

/** A scene whose handler works until it is told to stop, and when that was. */
export const endless = () => {
  const aborted: number[] = [];
  const made = scene(
    (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push(made.clock.now());
          reject(new Error('aborted'));
        });
      }),
  );
  return { ...made, aborted };
};
