import { setImmediate as turn } from 'node:timers/promises';
import { Site } from '../e2e/cli-kit.ts';

/** A server, a process of its own, that is killed now and then, and comes back at the same address. */
export class Mortal<Point extends string> {
  readonly site = new Site();
  readonly deaths = new Map<Point, number>();
  readonly #dies: (point: Point) => boolean;
  readonly #turns: () => number;
  #last: Promise<void> = Promise.resolve();
  #back: Promise<unknown> = Promise.resolve();

  /** `turns`: how often this process comes to its next event before a request that is under way is cut off. */
  constructor(dies: (point: Point) => boolean, turns = (): number => 0) {
    this.#dies = dies;
    this.#turns = turns;
  }

  /** What is under way when it dies goes on against the one that comes back. */
  async around<Value>(point: Point, act: () => Promise<Value>): Promise<Value> {
    const under = act();
    under.catch(() => {});
    await this.#at(point, this.#turns);
    return under;
  }

  after(point: Point): Promise<void> {
    return this.#at(point, () => 0);
  }

  /** One death at a time: those who come to their points come side by side. */
  async #at(point: Point, turns: () => number): Promise<void> {
    if (!this.#dies(point)) return;
    this.#last = this.#last.then(() => this.#die(point, turns()));
    await this.#last;
  }

  async #die(point: Point, turns: number): Promise<void> {
    await this.#back;
    for (let left = turns; left > 0; left -= 1) await turn();
    this.deaths.set(point, (this.deaths.get(point) ?? 0) + 1);
    await this.site.stop('SIGKILL');
    this.#back = this.site.serve({}, Number(new URL(this.site.url).port));
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#back;
    await this.site.close();
  }
}
