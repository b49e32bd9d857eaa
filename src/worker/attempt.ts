import { resolveArtifacts } from './artifacts.ts';
import { callKey } from './call-key.ts';
import { pause, type WorkerClock } from './clock.ts';
import type { WorkerEvent } from './event.ts';
import { describeFailure, FinalError, shorten } from './failure.ts';
import { invalidResult, type FullHandler, type HandlerContext, type WorkerTask } from './handler.ts';
import { Hold, lossOf } from './hold.ts';
import type { Json } from './json.ts';
import { persist, type Persistence } from './patience.ts';
import { Refused, type ClaimedTask, type TaskPort, type Unreachable } from './port.ts';
import { noTools, ToolGate } from './tool-gate.ts';
import { Reporter } from './reporter.ts';

/** What an attempt needs of the worker it belongs to. */
export interface Workplace {
  readonly port: TaskPort;
  readonly clock: WorkerClock;
  readonly leaseMs: number;
  /** Aborts when the worker's time to finish is over. */
  readonly closing: AbortSignal;
  /** Aborts a little later: whatever is not answered by then is left to the lease. */
  readonly closed: AbortSignal;
  log(event: WorkerEvent): void;
  onConnection(connected: boolean, error?: Unreachable): void;
}

/** How a handler ended: a value, an error, or not at all before the worker had to stop. */
type End =
  | { readonly type: 'returned'; readonly value: unknown }
  | { readonly type: 'threw'; readonly error: unknown }
  | { readonly type: 'unfinished' };

/** Time for a handler to notice that the worker stops. */
export const NOTICE_MS = 1000;

/**
 * One claimed task, from the claim to the answer.
 *
 * ATTEMPT-1  The claim is kept alive until the answer to its end has come.
 * ATTEMPT-2  What the server has taken back is not answered; every other result is offered until the server has answered.
 * ATTEMPT-3  A task that the worker could not finish is given back, unless its handler came to a result.
 */
export class Attempt {
  readonly #place: Workplace;
  readonly #claim: ClaimedTask;
  readonly #handler: FullHandler;
  readonly #hold: Hold;
  #confidence: number | null = null;
  readonly #reporter: Reporter;
  readonly #persistence: Persistence;
  readonly #startedAt: number;
  #calls = 0;

  constructor(place: Workplace, claim: ClaimedTask, handler: FullHandler) {
    const { port, clock, leaseMs, closed, onConnection } = place;
    this.#place = place;
    this.#claim = claim;
    this.#handler = handler;
    this.#startedAt = clock.now();
    this.#persistence = { clock, signal: closed, onConnection };
    this.#hold = new Hold({ held: claim, leaseMs, since: this.#startedAt, port, clock, onConnection });
    this.#reporter = new Reporter({
      held: claim,
      port,
      persistence: this.#persistence,
      onRefused: (refusal) => this.#refusedOnTheWay(refusal),
    });
  }

  /** Never rejects: what goes wrong with one task is its own. */
  async run(): Promise<void> {
    const { id: task, run, step } = this.#claim;
    this.#place.log({ type: 'claimed', task, run, step });
    this.#hold.signal.addEventListener('abort', () => this.#tellLoss());
    this.#hold.start();
    try {
      const found = await this.#prepare();
      await this.#answer(found ? await this.#work(found) : null, found);
    } catch (error) {
      this.#giveUp(error);
    } finally {
      await this.#reporter.finish();
      await this.#hold.end();
    }
  }

  /** The task with its artifacts; null when it failed for lack of them. */
  async #prepare(): Promise<Prepared | null> {
    try {
      const input = await resolveArtifacts(this.#claim.input, (sha256) =>
        persist(this.#persistence, (signal) => this.#place.port.artifact(sha256, signal)),
      );
      return { task: { ...this.#claim, input }, context: this.#context() };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const message = `An artifact of the input could not be fetched: ${error.message}`;
      await this.#fail({ code: 'artifact_unavailable', message, retryable: true }, error);
      return null;
    }
  }

  #context(): HandlerContext {
    const { tools } = this.#place.port;
    const { signal } = this.#hold;
    const telling = this.#persistence;
    const gate = tools && new ToolGate(tools, this.#claim, { asking: { ...telling, signal }, telling });
    return {
      signal,
      progress: (fraction, message) => this.#reporter.progress(fraction ?? undefined, message),
      usage: (amount) => this.#reporter.use(amount),
      tool: (wanted) => gate?.ask(wanted) ?? noTools(),
      confidence: (share) => {
        if (share >= 0 && share <= 1) this.#confidence = share;
      },
    };
  }

  #work({ task, context }: Prepared): Promise<End> {
    return this.#unlessClosing(async () => this.#handler.handle(task, context));
  }

  /** When the time is over the handler is told so, and has a moment to come to an end. */
  async #unlessClosing(work: () => Promise<unknown>): Promise<End> {
    const { clock, closing, closed } = this.#place;
    const over = Promise.withResolvers<End>();
    const stop = (): void => {
      this.#hold.abandon(new Error('the worker stops'));
      void pause(clock, NOTICE_MS, closed).then(() => over.resolve({ type: 'unfinished' }));
    };
    closing.addEventListener('abort', stop);
    if (closing.aborted) stop();
    const ended = work().then(
      (value): End => ({ type: 'returned', value }),
      (error: unknown): End => ({ type: 'threw', error }),
    );
    try {
      return await Promise.race([ended, over.promise]);
    } finally {
      closing.removeEventListener('abort', stop);
    }
  }

  async #answer(end: End | null, prepared: Prepared | null): Promise<void> {
    if (!end || !prepared) return;
    if (this.#hold.isOver)
      return this.#tellLate(end.type === 'threw' ? 'failure' : 'result', this.#hold.loss?.loss ?? '');
    if (end.type === 'returned') return this.#complete(end.value, prepared, true);
    if (end.type === 'unfinished' || this.#hold.signal.aborted)
      return this.#release(this.#hold.loss ? this.#hold.loss.message : 'the worker stops');
    return this.#fail(describeFailure(end.error), end.error);
  }

  async #complete(value: unknown, prepared: Prepared, mayMend: boolean): Promise<void> {
    let output: Json;
    try {
      output = asJson(value);
    } catch (error) {
      return this.#fail(describeFailure(error), error);
    }
    const usage = await this.#reporter.finish();
    try {
      const sure = this.#confidence === null ? {} : { confidence: this.#confidence };
      const result = { output, usage, ...sure };
      await this.#send('complete', (call) => this.#place.port.complete(this.#claim, result, call));
      this.#place.log({
        type: 'completed',
        task: this.#claim.id,
        ms: this.#place.clock.now() - this.#startedAt,
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#reporter.use(usage);
      if (error.code === 'output_invalid') await this.#invalid(value, error, prepared, mayMend);
      else await this.#refusedResult(error);
    }
  }

  async #invalid(output: unknown, refusal: Refused, prepared: Prepared, mayMend: boolean): Promise<void> {
    this.#place.log({ type: 'invalid', task: this.#claim.id, message: refusal.message });
    const { onInvalid } = this.#handler;
    if (!onInvalid || !mayMend)
      return this.#fail({ code: refusal.code, message: refusal.message, retryable: true }, refusal);
    const { task, context } = prepared;
    const end = await this.#unlessClosing(async () =>
      onInvalid.call(this.#handler, invalidResult(output, refusal), task, context),
    );
    if (end.type === 'returned' && !this.#hold.isOver) await this.#complete(end.value, prepared, false);
    else await this.#answer(end, prepared);
  }

  /** The result cannot be taken. Where that is not for being late, the task fails with the reason. */
  async #refusedResult(refusal: Refused): Promise<void> {
    if (lossOf(refusal)) return this.#tellLate('result', refusal.code);
    await this.#fail({ code: refusal.code, message: refusal.message, retryable: false }, refusal);
  }

  async #fail(failure: { code: string; message: string; retryable: boolean }, error: unknown): Promise<void> {
    const usage = await this.#reporter.finish();
    const { id: task } = this.#claim;
    const report = { ...failure, message: shorten(failure.message), usage };
    try {
      await this.#send('fail', (call) => this.#place.port.fail(this.#claim, report, call));
      this.#place.log({ type: 'failed', task, code: failure.code, message: failure.message, error });
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal;
      this.#tellRefused('failure', refusal);
    }
  }

  async #release(reason: string): Promise<void> {
    const { port } = this.#place;
    const usage = await this.#reporter.finish();
    try {
      if (usage.tokens > 0 || usage.cost > 0)
        await this.#send('usage', (call) => port.progress(this.#claim, { usage }, call));
      await this.#send('release', (call) => port.release(this.#claim, reason, call));
      this.#place.log({ type: 'released', task: this.#claim.id, reason });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#tellRefused('release', error);
    }
  }

  #send(
    what: string,
    request: (call: { idempotencyKey: string; signal: AbortSignal }) => Promise<void>,
  ): Promise<void> {
    this.#calls += 1;
    const idempotencyKey = callKey(what, this.#claim, this.#calls);
    return persist(this.#persistence, (signal) => request({ idempotencyKey, signal }));
  }

  #refusedOnTheWay(refusal: Refused): void {
    const loss = lossOf(refusal);
    if (loss) this.#hold.lose(loss, refusal.message);
    else
      this.#place.log({
        type: 'refused',
        task: this.#claim.id,
        code: refusal.code,
        message: refusal.message,
      });
  }

  #tellLoss(): void {
    const { loss } = this.#hold;
    if (loss) this.#place.log({ type: 'lost', task: this.#claim.id, loss: loss.loss, message: loss.message });
  }

  #tellRefused(answer: string, refusal: Refused): void {
    if (lossOf(refusal)) this.#tellLate(answer, refusal.code);
    else this.#refusedOnTheWay(refusal);
  }

  #tellLate(answer: string, code: string): void {
    this.#place.log({ type: 'late', task: this.#claim.id, answer, code });
  }

  /** The worker has to stop and the server does not answer: the lease will run out. */
  #giveUp(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#place.log({ type: 'refused', task: this.#claim.id, code: 'unanswered', message });
  }
}

interface Prepared {
  readonly task: WorkerTask;
  readonly context: HandlerContext;
}

/** @throws FinalError for a value that JSON does not have */
function asJson(value: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null') as Json;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : 'it cannot be written as JSON';
    throw new FinalError(`The handler returned something that is not JSON: ${why}`, {
      code: 'result_not_json',
      cause,
    });
  }
}
