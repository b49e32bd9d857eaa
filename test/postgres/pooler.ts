import { connect, createServer, type Server, type Socket } from 'node:net';

const READY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);

/**
 * A pooler in transaction mode that keeps nothing of a session, as PgBouncer was before it kept prepared statements: every
 * transaction of a client is handed to the next of its connections, and what the server says between transactions is lost.
 */
export class Pooler {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  static async to(port: number): Promise<Pooler> {
    const pooler = new Pooler(port);
    await new Promise<void>((resolve) => pooler.#server.listen(0, '127.0.0.1', resolve));
    return pooler;
  }

  url(direct: string): string {
    const { port } = this.#server.address() as { port: number };
    return direct.replace(`:${this.#target}/`, `:${port}/`);
  }

  #join(client: Socket): void {
    const backends = [this.#connect(client), this.#connect(client)] as const;
    this.#keep(client, backends);
    let turn = 0;
    let isBusy = true;
    let hasStarted = false;
    client.on('data', (piece: Buffer) => {
      if (!hasStarted) for (const backend of backends) backend.write(piece);
      else {
        isBusy = true;
        backends[turn % 2]!.write(piece);
      }
      hasStarted = true;
    });
    backends.forEach((backend, at) => {
      const frames = new Frames();
      backend.on('data', (piece: Buffer) => {
        for (const frame of frames.of(piece)) {
          const isCurrent = at === turn % 2;
          if (isCurrent && isBusy) client.write(frame);
          if (!isCurrent || frame[0] !== READY || frame[5] !== IDLE) continue;
          isBusy = false;
          turn += 1;
        }
      });
    });
  }

  #connect(client: Socket): Socket {
    const backend = connect(this.#target, '127.0.0.1');
    this.#keep(backend, [client]);
    return backend;
  }

  #keep(socket: Socket, others: readonly Socket[]): void {
    this.#sockets.add(socket);
    const end = (): void => {
      this.#sockets.delete(socket);
      for (const other of others) other.destroy();
    };
    socket.on('error', end).on('close', end);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Messages of the server: a sign, the length with itself, and what it says. */
class Frames {
  #rest: Buffer = Buffer.alloc(0);

  of(piece: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, piece]);
    const all: Buffer[] = [];
    while (this.#rest.length >= 5) {
      const size = 1 + this.#rest.readInt32BE(1);
      if (this.#rest.length < size) break;
      all.push(this.#rest.subarray(0, size));
      this.#rest = this.#rest.subarray(size);
    }
    return all;
  }
}
