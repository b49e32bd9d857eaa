import { setTimeout as elapse } from 'node:timers/promises';
import { createClient, ProblemError, type Client } from '../../src/client/index.ts';
import { isRunFinal, RUN_COMMANDS, type RunStatus } from '../../src/engine/index.ts';
import { RetryableError, worker, type Worker } from '../../src/worker/index.ts';
import type { Random } from '../simulation/random.ts';
import type { History } from './history.ts';

/** Where clients reach the nodes, and what they have to know of the campaign. */
export interface Stage {
  readonly way: typeof fetch;
  readonly history: History;
  readonly random: Random;
  /** Nobody meddles any more: what can end is to end. */
  isCalm(): boolean;
  isOver(): boolean;
}

/** Whoever acts: a participant with its token. */
export interface Self {
  readonly id: string;
  readonly token: string;
}

/** A request without an answer for this long is given up, and sent again to whichever node. */
const PATIENCE_MS = 4000;
const REPEATS = 3;

/**
 * Asks through any node, again under the same key where no answer comes; null where it was refused, or nobody knows. Where nobody answers
 * it rests before it goes on, as a client does that has no word of when there will be somebody.
 */
export class Hand {
  readonly self: Self;
  readonly #client: Client;

  constructor({ way, history }: Stage, self: Self) {
    this.self = self;
    this.#client = createClient({
      url: 'http://nodes',
      token: self.token,
      fetch: history.recording(self.id, way),
      retries: 0,
    });
  }

  async ask<Value>(
    call: (
      client: Client,
      options: { readonly idempotencyKey: string; readonly signal: AbortSignal },
    ) => Promise<Value>,
    { repeats = REPEATS, waitMs = 0 } = {},
  ): Promise<Value | null> {
    const idempotencyKey = crypto.randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      const signal = AbortSignal.timeout(PATIENCE_MS + waitMs);
      try {
        return await call(this.#client, { idempotencyKey, signal });
      } catch (fault) {
        const isRefused = fault instanceof ProblemError && fault.status >= 400 && fault.status < 500;
        if (isRefused) return null;
        await elapse(100 * attempt);
        if (attempt >= repeats) return null;
      }
    }
  }
}

// --- agents --------------------------------------------------------------------------------------------------------

const LEASE_SECONDS = 5;
export const LEASE_MS = LEASE_SECONDS * 1000;

/** One that dies with its task, comes back late, fails, gives back, answers twice. */
export async function workCarelessly(stage: Stage, self: Self): Promise<void> {
  const hand = new Hand(stage, self);
  while (!stage.isOver()) {
    const given = await hand.ask(
      (client, options) => client.task.claimNext({ waitSeconds: 2, leaseSeconds: LEASE_SECONDS }, options),
      { waitMs: 2000, repeats: 1 },
    );
    if (given?.task) await perform(stage, hand, given.task);
  }
}

type Claimed = NonNullable<Awaited<ReturnType<Client['task']['claimNext']>>['task']>;

async function perform(stage: Stage, hand: Hand, { id, token, kind }: Claimed): Promise<void> {
  const { random, history } = stage;
  const held = { id, token };
  if (random.chance(0.03)) return;
  await elapse(random.int(5, 150));
  if (random.chance(0.2))
    await hand.ask((client, options) =>
      client.task.heartbeat({ ...held, leaseSeconds: LEASE_SECONDS }, options),
    );
  if (random.chance(0.04)) await elapse(LEASE_MS + random.int(500, 3000));
  const output = kind === 'verification' ? true : { mark: history.newMark() };
  if (random.chance(0.07)) {
    const message = `it did not work ${history.newMark()}`;
    const failure = { ...held, code: 'bad_day', message, retryable: random.chance(0.9) };
    await hand.ask((client, options) => client.task.fail(failure, options));
  } else if (random.chance(0.04)) {
    const reason = `tired ${history.newMark()}`;
    await hand.ask((client, options) => client.task.release({ ...held, reason }, options));
  } else {
    await hand.ask((client, options) => client.task.complete({ ...held, output }, options));
    if (kind === 'verification' || random.chance(0.9)) return;
    const other = { mark: history.newMark() };
    await hand.ask((client, options) => client.task.complete({ ...held, output: other }, options));
  }
}

/** One that is made with the SDK, as agents are: heartbeats, repetitions, patience are its own. */
export function workDuly(stage: Stage, self: Self, concurrency: number): Worker {
  const { random, history } = stage;
  const way = history.recording(self.id, stage.way);
  return worker(
    {
      name: self.id,
      capabilities: ['work'],
      token: self.token,
      url: 'http://nodes',
      fetch: (request) => way(request),
      concurrency,
      leaseSeconds: LEASE_SECONDS,
      waitSeconds: 2,
      log: () => {},
    },
    async () => {
      await elapse(random.chance(0.02) ? LEASE_MS * 1.4 : random.int(5, 200));
      if (random.chance(0.05)) throw new RetryableError(`not today ${history.newMark()}`);
      return { mark: history.newMark() };
    },
  );
}

// --- people --------------------------------------------------------------------------------------------------------

/** Decides on what is in the inbox, and does what is there. */
export async function actAsPerson(stage: Stage, self: Self): Promise<void> {
  const { random } = stage;
  const hand = new Hand(stage, self);
  while (!stage.isOver()) {
    await elapse(random.int(20, stage.isCalm() ? 100 : 300));
    const inbox = await hand.ask((client, { signal }) =>
      client.task.list({ mine: true, open: true, limit: 30 }, { signal }),
    );
    const tasks = inbox?.rows.filter(({ status }) => status !== 'created' && status !== 'suspended') ?? [];
    if (tasks.length === 0) continue;
    const task = random.pick(tasks);
    if (task.kind === 'approval') await decide(stage, hand, task.id);
    else await doTask(stage, hand, task);
  }
}

async function decide({ random, history, isCalm }: Stage, hand: Hand, id: string): Promise<void> {
  const shown = await hand.ask((client, { signal }) => client.task.get({ id }, { signal }));
  const subject = shown?.approval?.subject;
  if (!subject) return;
  const outcome = random.chance(isCalm() ? 0.05 : 0.2) ? 'reject' : 'approve';
  const reason = `because ${history.newMark()}`;
  await hand.ask((client, options) => client.task.decide({ id, subject, outcome, reason }, options));
}

async function doTask(
  { random, history }: Stage,
  hand: Hand,
  {
    id,
    skippable,
    status,
    assignee,
  }: { id: string; skippable: boolean; status: string; assignee: string | null },
): Promise<void> {
  if (skippable && random.chance(0.2)) {
    const reason = `not needed ${history.newMark()}`;
    return void (await hand.ask((client, options) => client.task.skip({ id, reason }, options)));
  }
  const isMine = status === 'in_progress' && assignee === hand.self.id;
  if (!isMine && !(await hand.ask((client, options) => client.task.start({ id }, options)))) return;
  const output = { mark: history.newMark() };
  const done = await hand.ask((client, options) => client.task.complete({ id, output }, options));
  if (!done || !random.chance(0.03)) return;
  await hand.ask((client, options) => client.task.redo({ id, reason: 'once more' }, options));
}

// --- the operations team -------------------------------------------------------------------------------------------

export interface Job {
  readonly definition: string;
  readonly input: object;
}

/** Starts runs while it storms, and sees to those that are held, paused or stopped until the end. */
export async function operate(
  stage: Stage,
  self: Self,
  work: { readonly most: number; next(): Job; isOver(open: number): void },
): Promise<void> {
  const { random, isCalm } = stage;
  const hand = new Hand(stage, self);
  while (!stage.isOver()) {
    const open = await openRuns(hand);
    if (!open) continue;
    work.isOver(open.length);
    if (!isCalm() && open.length < work.most) await start(stage, hand, work.next());
    for (const run of open) if (random.chance(isCalm() ? 0.3 : 0.05)) await meddle(stage, hand, run);
    await elapse(isCalm() ? 300 : 50);
  }
}

interface Row {
  readonly id: string;
  readonly status: RunStatus;
}
/** What has not ended: also what only undoes something yet, as it ends when that is done. */
export const OPEN = (Object.keys(RUN_COMMANDS) as RunStatus[]).filter((status) => !isRunFinal(status));

const openRuns = async (hand: Hand): Promise<readonly Row[] | null> => {
  const page = await hand.ask((client, { signal }) =>
    client.workflow.listRuns({ status: OPEN, limit: 200 }, { signal }),
  );
  return page?.rows ?? null;
};

async function start({ random, history }: Stage, hand: Hand, { definition, input }: Job): Promise<void> {
  const marked = { ...input, mark: history.newMark() } as never;
  const hold = random.chance(0.03);
  const started = await hand.ask((client, options) =>
    client.workflow.start({ definition, input: marked, hold }, options),
  );
  if (started && random.chance(0.5))
    await hand.ask((client, { signal }) => client.workflow.getRun({ id: started.id }, { signal }));
}

async function meddle({ random, history, isCalm }: Stage, hand: Hand, { id, status }: Row): Promise<void> {
  await hand.ask((client, { signal }) => client.workflow.getRun({ id }, { signal }), { repeats: 1 });
  if (status === 'closing') return;
  const told = { id, reason: `orders ${history.newMark()}` };
  if (status === 'pending_approval') {
    // Whoever started it may end it, and not let it begin.
    await hand.ask((client, options) => client.workflow.cancel(told, options));
  } else if (status !== 'running') {
    // More than any definition says; a nested run takes its limits from the one it is in.
    const raised = random.chance(0.5) ? { limits: { tasks: 20_000 } } : {};
    await hand.ask((client, options) => client.workflow.resume({ id, ...raised }, options));
  } else if (isCalm() || random.chance(0.7)) {
    await hand.ask((client, options) => client.workflow.signal({ id, signal: 'go', payload: 1 }, options), {
      repeats: 1,
    });
  } else {
    const act = random.pick(['stop', 'stop', 'pause', 'pause', 'pause', 'cancel'] as const);
    await hand.ask((client, options) => client.workflow[act](told, options));
  }
}
