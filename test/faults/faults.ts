import { setTimeout as elapse } from 'node:timers/promises';
import type { Place } from '../nodes-kit/index.ts';
import { Random } from '../simulation/random.ts';
import { LEASE_MS } from './cast.ts';
import { DATABASE, isolate, type Site } from './database-faults.ts';
import { Deck } from './deck.ts';

/** Resolves when it is over and all is as it was: false where it had no effect. */
type NodeFault = (place: Place, random: Random) => Promise<boolean>;

const NODES: Readonly<Record<string, NodeFault>> = {
  'kill -9 of a node': async ({ node }, random) => {
    const ended = await node.stop('SIGKILL');
    await elapse(random.int(0, 2000));
    await startAgain(node);
    return ended !== null;
  },
  'a node is told to end': async ({ node }) => {
    const patience = elapse(END_MS, 'late', { ref: false });
    const ended = await Promise.race([node.stop('SIGTERM'), patience]);
    if (ended === 'late') throw new Error(`process ${node.pid} was told to end and does not`);
    await startAgain(node);
    return ended !== null;
  },
  /** Longer than any lease: what it does when it goes on, it does as somebody whom all others have given up. */
  'a node stands still': async ({ node }, random) => {
    node.freeze();
    await elapse(LEASE_MS + random.int(1000, 4000));
    if (!node.isUp) return false;
    node.thaw();
    return true;
  },
  'connections of a node are cut': async ({ network }) => network.cut() > 0,
  'a node cannot reach the database': async ({ network }, random) => {
    const before = network.refused;
    network.refuse(true);
    network.cut();
    await elapse(random.int(500, 5000));
    network.refuse(false);
    return network.refused > before;
  },
  'a slow network': async ({ network }, random) => {
    const before = network.delayed;
    network.delay(random.int(5, 150));
    await elapse(random.int(1000, 5000));
    network.delay(0);
    return network.delayed > before;
  },
  'answers of the database are lost': async ({ network }, random) => {
    network.holdAnswers();
    await elapse(random.int(100, 3000));
    const lost = network.heldBytes;
    network.cut();
    network.releaseAnswers();
    return lost > 0;
  },
  'answers of the database are late': async ({ network }, random) => {
    network.holdAnswers();
    await elapse(random.int(500, LEASE_MS + 2000));
    const late = network.heldBytes;
    network.releaseAnswers();
    return late > 0;
  },
};

/** How long a node may take to its end, ms. */
const END_MS = 90_000;

/** How often a start may fail before it is taken for impossible, with a database that comes and goes. */
const STARTS = 20;

/** A supervisor starts it again and again, whether or not the database is there. */
async function startAgain(node: Place['node']): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await node.start();
    } catch (fault) {
      if (attempt >= STARTS) throw fault;
      await elapse(300 * attempt);
    }
  }
}

/** Everything that can befall. */
export const KINDS: readonly string[] = [...Object.keys(NODES), ...Object.keys(DATABASE)];

/** Places that have a fault at the same time, at most: where nothing is ever done, nothing is ever wrong. */
const MOST_PLACES = 2;

/**
 * One fault after another, some while others last.
 *
 * STORM-1  Each place has one at a time, and so has the database: what befalls the database meets a server that is up.
 * STORM-2  A fault counts when it had an effect; one without is the next to be drawn.
 * STORM-3  The kinds come in an order that the seed gives, each before any comes again; one whose place has a fault already waits.
 */
export class Storm {
  readonly #site: Site;
  readonly #random: Random;
  readonly #deck: Deck<string>;
  readonly #busy = new Set<Place>();
  #isDatabaseBusy = false;
  readonly #underWay = new Set<Promise<void>>();
  readonly #log: (line: string) => void;
  readonly counts = new Map<string, number>();
  #failure: { readonly of: unknown } | null = null;

  constructor(site: Site, seed: number, log: (line: string) => void) {
    this.#site = site;
    this.#random = new Random(seed);
    this.#deck = new Deck(KINDS, new Random(this.#random.int(0, 1e9)));
    this.#log = log;
  }

  /** Kinds that have not had an effect yet. */
  get missing(): readonly string[] {
    return KINDS.filter((kind) => !this.counts.has(kind));
  }

  /** Draws the next and lets it loose. @throws what went wrong with one before */
  strike(): void {
    this.#requireSound();
    const free = this.#site.cluster.places.filter((place) => !this.#busy.has(place));
    const isPlaceFree = this.#busy.size < MOST_PLACES;
    const kind = this.#deck.draw((one) => (one in DATABASE ? !this.#isDatabaseBusy : isPlaceFree));
    if (kind === undefined) return;
    const random = new Random(this.#random.int(0, 1e9));
    const onDatabase = DATABASE[kind];
    if (onDatabase) this.#begin(kind, kind, this.#onDatabase(onDatabase(this.#site, random)));
    else this.#onPlace(kind, random.pick(free), random);
  }

  async #onDatabase(fault: Promise<boolean>): Promise<boolean> {
    this.#isDatabaseBusy = true;
    return fault.finally(() => (this.#isDatabaseBusy = false));
  }

  #onPlace(kind: string, place: Place, random: Random): void {
    this.#busy.add(place);
    const fault = NODES[kind]!(place, random).finally(() => this.#busy.delete(place));
    this.#begin(kind, `${kind} (${this.#site.cluster.places.indexOf(place)})`, fault);
  }

  #begin(kind: string, shown: string, fault: Promise<boolean>): void {
    this.#log(shown);
    const done = fault
      .then((hadEffect) => this.#tell(kind, shown, hadEffect))
      .catch((failure: unknown) => void (this.#failure ??= { of: failure }))
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  #tell(kind: string, shown: string, hadEffect: boolean): void {
    if (hadEffect) return void this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.#deck.putBack(kind);
    this.#log(`${shown}: without effect`);
  }

  /** Resolves when every fault is over. @throws what went wrong with one of them */
  async pass(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#requireSound();
    await isolate(this.#site.server, 'read committed');
  }

  #requireSound(): void {
    if (!this.#failure) return;
    const { of } = this.#failure;
    throw new Error(`a fault could not be made: ${String(of)}`, { cause: of });
  }
}
