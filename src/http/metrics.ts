import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Gauges } from '../operations/index.ts';

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const NANO = 1e9;
/** How often it is looked, ms. */
const LOOK_MS = 20;

/** What `/metrics` shows, in the words of Prometheus. No label holds an id of a run, a task or a participant. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #lag = monitorEventLoopDelay({ resolution: LOOK_MS });
  readonly #requests = new Counter({
    name: 'humanos_http_requests_total',
    help: 'Requests by operation and HTTP status.',
    labelNames: ['operation', 'status'],
    registers: [this.#registry],
  });
  readonly #commit = new Histogram({
    name: 'humanos_commit_seconds',
    help: 'Time the store takes for a commit.',
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #batch = new Histogram({
    name: 'humanos_commit_changes',
    help: 'Changes that share a commit.',
    buckets: SIZES,
    registers: [this.#registry],
  });
  readonly #runs = this.#gauge('humanos_runs', 'Runs by status.', ['status']);
  readonly #tasks = this.#gauge(
    'humanos_tasks_open',
    'Open tasks: for people, waiting for an agent or system that could begin with them, held by one.',
    ['who'],
  );
  readonly #entries = this.#gauge('humanos_ledger_entries', 'Entries of the ledger.');
  readonly #ledgerLag = this.#gauge(
    'humanos_ledger_lag_entries',
    'Entries that are not in the Merkle tree yet.',
  );
  readonly #timerLate = this.#gauge(
    'humanos_timer_late_seconds',
    'How overdue the earliest timer is, or the end of a lease.',
  );
  readonly #attempts = this.#gauge(
    'humanos_channel_attempts',
    'Attempts to deliver since the start: delivered, failed and to be tried again, given up.',
    ['channel', 'outcome'],
  );
  readonly #waiting = this.#gauge('humanos_channel_waiting', 'Deliveries that wait for an attempt.', [
    'channel',
  ]);
  readonly #failing = this.#gauge(
    'humanos_channel_failing_seconds',
    'For how long a webhook, or mail, has not delivered anything; the longest.',
    ['channel'],
  );
  readonly #loop = this.#gauge(
    'humanos_event_loop_lag_seconds',
    'Delay of the event loop since the last look.',
    ['quantile'],
  );
  readonly #memory = this.#gauge('humanos_resident_memory_bytes', 'Memory of the process.');
  readonly #database = this.#gauge('humanos_database_up', 'Whether the database can be worked on: 1 or 0.');

  constructor() {
    this.#lag.enable();
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }

  countRequest(operation: string, status: number): void {
    this.#requests.inc({ operation, status: String(status) });
  }

  observeCommit(seconds: number, changes: number): void {
    this.#commit.observe(seconds);
    this.#batch.observe(changes);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text({ backlog, held, inTree, attempts, stored }: Gauges): Promise<string> {
    this.#tasks.reset();
    this.#tasks.set({ who: 'waiting' }, backlog);
    this.#tasks.set({ who: 'held' }, held);
    this.#setStored(stored, inTree);
    for (const [channel, counts] of Object.entries(attempts ?? {}))
      for (const [outcome, count] of Object.entries(counts)) this.#attempts.set({ channel, outcome }, count);
    this.#loop.set({ quantile: '0.5' }, lateness(this.#lag.percentile(50)));
    this.#loop.set({ quantile: '0.99' }, lateness(this.#lag.percentile(99)));
    this.#loop.set({ quantile: '1' }, lateness(this.#lag.max));
    this.#lag.reset();
    this.#memory.set(process.memoryUsage.rss());
    return this.#registry.metrics();
  }

  /** What is not known has no sample, or the one of before would look like one of now. */
  #setStored(stored: Gauges['stored'], inTree: number): void {
    for (const gauge of [this.#runs, this.#waiting, this.#failing]) gauge.reset();
    for (const gauge of [this.#entries, this.#ledgerLag, this.#timerLate]) gauge.remove();
    this.#database.set(stored ? 1 : 0);
    if (!stored) return;
    const { runs, people, entries, timerLate, channels } = stored;
    for (const [status, count] of Object.entries(runs)) this.#runs.set({ status }, count);
    this.#tasks.set({ who: 'people' }, people);
    this.#entries.set(entries);
    this.#ledgerLag.set(entries - inTree);
    this.#timerLate.set(timerLate / 1000);
    for (const [channel, { waiting, failing }] of Object.entries(channels)) {
      this.#waiting.set({ channel }, waiting);
      this.#failing.set({ channel }, failing / 1000);
    }
  }

  stop(): void {
    this.#lag.disable();
  }
}

/** Of what is measured from look to look, in nanoseconds: the seconds beyond the time that was to be between them. */
const lateness = (measured: number): number => Math.max(0, measured / NANO - LOOK_MS / 1000);
