import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** What comes from upstream, on its way. */
  readonly answers: Transform;
}

/** A network between a store and its database that the test has in its hands. */
export class Proxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #pairs = new Set<Pair>();
  #answersHeld = false;
  #mark: string | null = null;
  #refuses = false;
  #lagMs = 0;
  #watcher: ((piece: Buffer, connection: object) => void) | null = null;
  /** How many connections were made through it. */
  connections = 0;
  /** How many connections were turned away. */
  refused = 0;
  /** How many pieces were held up on their way. */
  delayed = 0;

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
    if (this.#refuses) {
      this.refused += 1;
      return void client.destroy();
    }
    this.connections += 1;
    const upstream = connect(this.#target, '127.0.0.1');
    const answers = this.#lag();
    const pair = { client, upstream, answers };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.on('data', (piece: Buffer) => {
      this.#watcher?.(piece, client);
      if (this.#mark !== null && piece.includes(this.#mark)) this.holdAnswers();
    });
    client.pipe(this.#lag()).pipe(upstream);
    upstream.pipe(answers).pipe(client);
    if (this.#answersHeld) answers.unpipe(client).pause();
  }

  /** What passes is held up one piece after another, so that their order stays. */
  #lag(): Transform {
    return new Transform({
      transform: (piece: Buffer, _encoding, pass) => {
        if (this.#lagMs === 0) return pass(null, piece);
        this.delayed += 1;
        setTimeout(() => pass(null, piece), this.#lagMs);
      },
    });
  }

  /** How long every piece takes, in either direction, ms. */
  delay(ms: number): void {
    this.#lagMs = ms;
  }

  /** What is asked arrives; the answers do not. */
  holdAnswers(): void {
    this.#answersHeld = true;
    for (const { client, answers } of this.#pairs) answers.unpipe(client).pause();
  }

  /** What is connected now is answered no more, as where a machine is gone without a word; what connects later is. */
  silence(): void {
    this.holdAnswers();
    this.#answersHeld = false;
  }

  /** Shows everything that is asked, as it comes: of connections that are made from now on. */
  watch(watcher: (piece: Buffer, connection: object) => void): void {
    this.#watcher = watcher;
  }

  /** As soon as something is asked that holds this text. */
  holdAnswersTo(mark: string): void {
    this.#mark = mark;
  }

  /** Also where nothing has been held: what is joined twice would arrive twice. */
  releaseAnswers(): void {
    this.#mark = null;
    this.#answersHeld = false;
    for (const { client, answers } of this.#pairs) answers.unpipe(client).pipe(client);
  }

  /** What has come from upstream and is held. */
  get heldBytes(): number {
    return [...this.#pairs].reduce(
      (sum, { answers }) => sum + answers.readableLength + answers.writableLength,
      0,
    );
  }

  /** Ends every connection; how many there were. */
  cut(): number {
    const { size } = this.#pairs;
    for (const { client, upstream } of this.#pairs) for (const socket of [client, upstream]) socket.destroy();
    return size;
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
