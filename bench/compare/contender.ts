/** Where one contender keeps what it knows: a folder of its own, and what was started for it beside the process that is measured. */
export interface Place {
  readonly folder: string;
  /** PostgreSQL's URL, Redis' port, or that of Restate's HTTP interface; empty where the folder is all there is. */
  readonly address: string;
  readonly durability: 'full' | 'normal';
}

/** What a contender does in one process. Every promise resolves when what it names is as durable as the contender makes it. */
export interface Contender {
  /** One run of five steps, from its start to its end. */
  sequence(): Promise<void>;
  /** One run over a list, `concurrency` at a time; and the same with a run for each child, where that is something else. */
  fanOut(children: number, concurrency: number): Promise<void>;
  childRuns?(children: number, concurrency: number): Promise<void>;
  /** One run of steps one after the other. */
  loop(steps: number): Promise<void>;
  /** One run that waits for a human from then on. Its id. */
  park(): Promise<string>;
  /** The human decides; resolves when the run, which has one more step, has ended. */
  decide(run: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * A module in this folder or in `peers/` has this as `open`. `step` is all that the work of a step is: a count, and the moment. At
 * most `concurrency` steps are to be worked on at a time.
 */
export type Open = (place: Place, step: () => void, concurrency: number) => Promise<Contender>;
