import type { EventView, ProblemError, RunView } from '../client/index.ts';
import type { Context } from './context.ts';
import { cut, moment, oneLine } from './layout.ts';
import { countsOf, eventLine, hasEnded, isEnd, progressOf, type Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { EXIT } from './trouble.ts';

const REFRESH_MS = 150;
const PLAIN_REFRESH_MS = 1000;

export interface Watched {
  readonly run: RunView;
  readonly interrupted: boolean;
  /** Whether there was no connection at the end: how the run is by now is not known. */
  readonly isLost: boolean;
}

export interface WatchOptions {
  /** Aborts when the caller has seen enough: what is shown last is how the run is then. */
  readonly until?: AbortSignal;
  /** False leaves out what people are asked, because the caller asks them itself. */
  readonly asks?: boolean;
}

/**
 * Shows a run until it has ended, or the user or the caller has enough. Events tell that there is something new; what is shown is
 * read from the server, which alone knows how a run is.
 */
export async function watch(
  { client, terminal, signal }: Pick<Context, 'client' | 'terminal' | 'signal'>,
  id: string,
  { until, asks = true }: WatchOptions = {},
): Promise<Watched> {
  const enough = until ? AbortSignal.any([signal, until]) : signal;
  const read = (): Promise<RunView> => client.workflow.getRun({ id, results: 'none' }, { signal });
  const display = terminal.isLive ? new LiveDisplay(terminal) : new PlainDisplay(terminal);
  const show = (run: RunView): void => display.show(asks ? run : { ...run, tasks: [] });
  let run = await client.workflow.getRun({ id, results: 'none' });
  show(run);
  if (hasEnded(run)) return { run, interrupted: false, isLost: false };
  const refresher = new Refresher(terminal.isLive ? REFRESH_MS : PLAIN_REFRESH_MS, async () =>
    show(await read()),
  );
  let isLost = false;
  const onConnection = (lost: ProblemError | null): void => {
    isLost = lost !== null;
    display.connection(lost);
    if (!isLost) refresher.ask();
  };
  try {
    const after = run.sequence;
    for await (const event of client.events({ run: id, after, signal: enough, onConnection })) {
      display.tell(event);
      if (isEnd(event)) break;
      refresher.ask();
    }
  } finally {
    await refresher.end();
  }
  if (signal.aborted) return { run, interrupted: true, isLost };
  run = await read();
  show(run);
  return { run, interrupted: false, isLost: false };
}

/** What is said of a connection that is lost, or back. */
export const connectionLine = (lost: ProblemError | null): string =>
  lost === null
    ? 'Connected again.'
    : `No connection since ${moment(Date.now())}, trying again: ${oneLine(lost.detail)}`;

export const exitOf = ({ run, interrupted }: Pick<Watched, 'run' | 'interrupted'>): number =>
  interrupted ? EXIT.interrupted : run.verdict.verdict === 'ok' ? EXIT.ok : EXIT.failed;

/** Does something soon after it was asked for, once however often it was asked. What it throws ends nothing: there is a next time. */
class Refresher {
  readonly #ms: number;
  readonly #work: () => Promise<void>;
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();

  constructor(ms: number, work: () => Promise<void>) {
    this.#ms = ms;
    this.#work = work;
  }

  ask(): void {
    this.#timer ??= setTimeout(() => {
      this.#working = this.#working.then(this.#work).catch(() => {});
      this.#timer = null;
    }, this.#ms);
  }

  async end(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    await this.#working;
  }
}

interface Display {
  show(run: RunView): void;
  tell(event: EventView): void;
  /** That it is lost, with why, or that it is back. */
  connection(lost: ProblemError | null): void;
}

/** Lines over those drawn before. Nothing is cleared before it is written anew, so that nothing flickers. */
const over = (drawn: number, lines: readonly string[]): string =>
  `${drawn > 0 ? `\u001b[${drawn}A` : ''}${lines.map((line) => `\r${line}\u001b[K\n`).join('')}\u001b[J`;

/** Draws the same lines again. */
class LiveDisplay implements Display {
  readonly #terminal: Terminal;
  #drawn = 0;
  #run: RunView | null = null;
  #lost: string | null = null;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(run: RunView): void {
    this.#run = run;
    const terminal = this.#terminal;
    const width = terminal.columns - 1;
    const lost = this.#lost === null ? [] : [cut(this.#lost, width)];
    const { head, steps, asks } = fitted(progressOf(run, width), terminal.rows - 2 - lost.length);
    const lines = [
      ...lost.map((line) => terminal.style('red', line)),
      terminal.style('bold', head),
      ...steps,
      ...asks.map((line) => terminal.style('yellow', line)),
    ];
    terminal.write(over(this.#drawn, lines));
    this.#drawn = lines.length;
  }

  tell(): void {}

  connection(lost: ProblemError | null): void {
    this.#lost = lost && connectionLine(lost);
    if (this.#run) this.show(this.#run);
  }
}

/** What is cut off the screen cannot be drawn again. */
const fitted = ({ head, steps, asks }: Progress, most: number): Progress => {
  const shown = firstOf(asks, 3, 'asked');
  return { head, steps: firstOf(steps, Math.max(1, most - 1 - shown.length), 'steps'), asks: shown };
};

const firstOf = (lines: readonly string[], most: number, what: string): readonly string[] =>
  lines.length <= most ? lines : [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more ${what}`];

/** Writes a line for what is new. */
class PlainDisplay implements Display {
  readonly #terminal: Terminal;
  #head = '';
  #steps = new Map<string, string>();
  #asks = new Set<string>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(run: RunView): void {
    if (this.#terminal.json) return;
    const { head, steps, asks } = progressOf(run, this.#terminal.columns);
    const verdict = `${run.verdict.verdict} ${run.verdict.reason}`;
    const lines = verdict === this.#head ? [] : [head];
    this.#head = verdict;
    for (const [at, step] of run.steps.entries()) {
      const counts = countsOf(step);
      if (this.#steps.get(step.id) !== counts && step.status !== 'pending') lines.push(`  ${steps[at]}`);
      this.#steps.set(step.id, counts);
    }
    for (const ask of asks) {
      if (!this.#asks.has(ask)) lines.push(`  ${ask}`);
      this.#asks.add(ask);
    }
    this.#terminal.lines(lines);
  }

  tell(event: EventView): void {
    const line = eventLine(event);
    if (line !== null && !this.#terminal.json) this.#terminal.lines([`  ${line}`]);
  }

  connection(lost: ProblemError | null): void {
    this.#terminal.note(connectionLine(lost));
  }
}
