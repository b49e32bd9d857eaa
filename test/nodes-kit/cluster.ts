import { createClient, type Client, type ClientOptions } from '../../src/client/index.ts';
import { Proxy } from '../postgres/index.ts';
import { NodeProcess, type NodeSettings } from './node-process.ts';

/** One node, and the network between it and the database. */
export interface Place {
  readonly node: NodeProcess;
  readonly network: Proxy;
}

export interface ClusterOptions extends Omit<NodeSettings, 'databaseUrl'> {
  /** 3 if absent. */
  readonly nodes?: number;
  /** Where the database listens, for the networks between. */
  readonly port: number;
  readonly databaseUrl: string;
}

/** Nodes on one PostgreSQL, each in a process of its own and behind a network of its own, and a way for clients to any of them. */
export class Cluster {
  readonly places: readonly Place[];
  readonly adminToken: string;

  private constructor(places: readonly Place[], adminToken: string) {
    this.places = places;
    this.adminToken = adminToken;
  }

  static async open({ nodes = 3, port, databaseUrl, ...settings }: ClusterOptions): Promise<Cluster> {
    const places: Place[] = [];
    for (let at = 0; at < nodes; at += 1) {
      const network = await Proxy.to(port);
      places.push({ network, node: new NodeProcess({ ...settings, databaseUrl: network.url(databaseUrl) }) });
    }
    const [first, ...others] = places;
    await first?.node.start();
    await Promise.all(others.map(({ node }) => node.start()));
    return new Cluster(places, first?.node.adminToken ?? '');
  }

  /** Nodes that have been started and not ended; one of them may be frozen. */
  get up(): readonly NodeProcess[] {
    return this.places.map(({ node }) => node).filter(({ isUp }) => isUp);
  }

  /** Reaches a node by what a client asks of `http://nodes`; which one is chosen at each request. */
  through(choose: (nodes: readonly NodeProcess[]) => NodeProcess | undefined = atRandom): typeof fetch {
    return async (where, init) => {
      const node = choose(this.up);
      if (!node) throw new TypeError('no node is up');
      const { pathname, search } = new URL(where instanceof Request ? where.url : where);
      const url = `${node.url}${pathname}${search}`;
      return where instanceof Request ? fetch(new Request(url, where), init) : fetch(url, init);
    };
  }

  client(token = this.adminToken, options: Partial<ClientOptions> = {}): Client {
    return createClient({ url: 'http://nodes', token, fetch: this.through(), ...options });
  }

  async close(): Promise<void> {
    await Promise.all(this.places.map(({ node }) => node.stop('SIGKILL')));
    await Promise.all(this.places.map(({ network }) => network.close()));
  }
}

const atRandom = (nodes: readonly NodeProcess[]): NodeProcess | undefined =>
  nodes[Math.floor(Math.random() * nodes.length)];
