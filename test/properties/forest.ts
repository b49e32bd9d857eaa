import assert from 'node:assert/strict';
import type { Graph } from '../../src/definition/graph.ts';
import { holdOf, isRunFinal, type Command, type Event, type Message } from '../../src/engine/index.ts';
import { actor, Play } from '../engine-kit/index.ts';
import { elapse, govern, isOver, work } from './settle.ts';

const PATIENCE = 20_000;
/** Whatever has not ended, and is not about to. */
const HELD = { pending_approval: true, running: true, paused: true, stopped: true };

/**
 * A run and the runs it starts, all real. Messages between them arrive in order for each run, and otherwise in any order and at
 * any time; some arrive twice.
 */
export class Forest {
  readonly plays: Play[] = [];
  readonly #graphs: readonly Graph[];
  readonly #inboxes = new Map<string, Message[]>();
  readonly #read = new Map<Play, number>();

  /** The graphs by depth; the last one starts no runs. */
  constructor(graphs: readonly Graph[]) {
    this.#graphs = graphs;
    this.plays.push(new Play(graphs[0] as Graph, 'root').begin());
  }

  get root(): Play {
    return this.plays[0] as Play;
  }

  /** Puts what the runs have sent into the inboxes, and checks the caps of the whole. */
  collect(): void {
    for (const play of this.plays) {
      for (const message of play.messages.slice(this.#read.get(play) ?? 0)) {
        if (message.kind === 'removal') continue;
        const to = message.kind === 'child.end' ? message.parent.run : message.run;
        this.#inboxes.set(to, [...(this.#inboxes.get(to) ?? []), message]);
      }
      this.#read.set(play, play.messages.length);
    }
    this.#checkCaps();
    if ([...this.#inboxes.values()].every((messages) => messages.length === 0)) this.#checkHolds();
  }

  /** Delivers the oldest message of one inbox, twice if asked; false when all are empty. */
  deliver(pick: number, twice: boolean): boolean {
    this.collect();
    const waiting = [...this.#inboxes].filter(([, messages]) => messages.length > 0);
    if (waiting.length === 0) return false;
    const [run, messages] = waiting[pick % waiting.length] as [string, Message[]];
    const message = messages.shift() as Message;
    for (let times = twice ? 2 : 1; times > 0; times -= 1) this.#receive(run, message);
    this.collect();
    return true;
  }

  #receive(run: string, message: Message): void {
    const play = this.plays.find((other) => other.run === run);
    if (message.kind === 'removal') return;
    if (message.kind === 'child.start') return play ? undefined : this.#plant(message);
    assert.ok(play, `a message for ${run}, which has not been started`);
    play.try(commandOf(message), actor('system:outbox'));
  }

  #plant(message: Extract<Message, { kind: 'child.start' }>): void {
    const { run, parent, depth, allotment, input, priority, accountable } = message;
    const graph = this.#graphs[Math.min(depth, this.#graphs.length - 1)] as Graph;
    const play = new Play(graph, run, this.root.stored);
    play.now = this.root.now;
    this.plays.push(play.begin({ parent, depth, allotment, input, priority, accountable }));
  }

  /** Promise 6 for the tree: whatever its runs do, they stay within the caps of the root. */
  #checkCaps(): void {
    const { limits } = this.root.current;
    const { tasks, open } = this.used();
    assert.ok(tasks <= limits.tasks, `the tree has made ${tasks} tasks of ${limits.tasks}`);
    assert.ok(open <= limits.concurrency, `${open} are open at once of ${limits.concurrency}`);
  }

  /** Where all has been heard, an open child is held as long as its parent is, and gives out nothing meanwhile. */
  #checkHolds(): void {
    for (const play of this.plays) {
      const isHalted = ['paused', 'stopped'].includes(play.current.status);
      for (const { run } of play.children) {
        const child = this.plays.find((other) => other.run === run)?.current;
        if (!child || !(child.status in HELD)) continue;
        assert.equal(holdOf(child) !== null, isHalted, `${run} is ${child.status}`);
      }
    }
  }

  /** By the runs' own events, without what they report to each other. */
  used(): { tasks: number; tokens: number; open: number } {
    const events = this.plays.flatMap((play) => play.events);
    const tokens = events.map((event) =>
      'usage' in event.data && event.type.startsWith('task.') ? event.data.usage.tokens : 0,
    );
    return {
      tasks: this.plays.flatMap(({ events }) => workIn(events)).length,
      tokens: tokens.reduce((sum, next) => sum + next, 0),
      open: this.plays.reduce((sum, play) => sum + play.current.usage.open, 0),
    };
  }

  /** All do their work and all messages arrive, until every run has ended. */
  settle(): void {
    for (let round = 0; !this.plays.every(isOver); round += 1) {
      assert.ok(
        round < PATIENCE,
        `the forest does not end: ${this.plays.map((play) => `${play.run} ${play.current.status}`).join(', ')}`,
      );
      if (this.deliver(round, false)) continue;
      const live = this.plays.filter((play) => !isRunFinal(play.current.status));
      const acted =
        live.some((play) => govern(play)) || live.some((play) => work(play, round)) || live.some(elapse);
      assert.ok(acted, 'the forest waits for nothing that will happen');
    }
    while (this.deliver(0, false));
  }
}

/** Tasks that count: neither what undoes work, nor what confirms a write before that (LIMIT-4). */
const workIn = (events: readonly Event[]): Event[] => {
  const unwound = new Set<string>();
  return events.filter(({ type, data }) => {
    if (type === 'run.closing' || type === 'run.sent_back') for (const id of data.steps) unwound.add(id);
    if (type === 'run.redone') for (const id of data.steps) unwound.delete(id);
    const isMade = type === 'task.created' || type === 'task.used';
    return isMade && !data.step.endsWith('.compensate') && !unwound.has(data.step);
  });
};

const commandOf = (message: Exclude<Message, { kind: 'child.start' | 'removal' }>): Command => {
  if (message.kind === 'child.command') {
    const { command: type, recovery } = message;
    if (type !== 'cancel') return { type, byParent: true };
    return recovery ? { type, recovery } : { type };
  }
  const { parent, kind, ...end } = message;
  return { type: kind, step: parent.step, slot: parent.slot, ...end };
};
