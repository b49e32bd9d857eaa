import { connect, createServer, type Server, type Socket } from 'node:net';

/** A network between a store and its database that the test has in its hands. */
export class Proxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #pairs = new Set<readonly [client: Socket, upstream: Socket]>();
  #answersHeld = false;
  #mark: string | null = null;
  #refuses = false;
  /** How many connections were made through it. */
  connections = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  static async to(port: number): Promise<Proxy> {
    const proxy = new Proxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The same database through this. */
  url(direct: string): string {
    const { port } = this.#server.address() as { port: number };
    return direct.replace(`:${this.#target}/`, `:${port}/`);
  }

  #join(client: Socket): void {
    if (this.#refuses) return void client.destroy();
    this.connections += 1;
    const upstream = connect(this.#target, '127.0.0.1');
    const pair = [client, upstream] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    client.on('data', (piece: Buffer) => {
      if (this.#mark !== null && piece.includes(this.#mark)) this.holdAnswers();
    });
    client.pipe(upstream);
    upstream.pipe(client);
    if (this.#answersHeld) upstream.unpipe(client).pause();
  }

  /** What is asked arrives; the answers do not. */
  holdAnswers(): void {
    this.#answersHeld = true;
    for (const [client, upstream] of this.#pairs) upstream.unpipe(client).pause();
  }

  /** As soon as something is asked that holds this text. */
  holdAnswersTo(mark: string): void {
    this.#mark = mark;
  }

  releaseAnswers(): void {
    this.#mark = null;
    this.#answersHeld = false;
    for (const [client, upstream] of this.#pairs) upstream.pipe(client);
  }

  /** Ends every connection. */
  cut(): void {
    for (const sockets of this.#pairs) for (const socket of sockets) socket.destroy();
  }

  /** Whether new connections are turned away. */
  refuse(refuses: boolean): void {
    this.#refuses = refuses;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
