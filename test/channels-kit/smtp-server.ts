import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Delivered {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came over the wire. */
  readonly raw: string;
}
type Reply = (command: string, line: string) => string | null;

/** An SMTP server of a few lines, over a real socket. `reply` may answer a command otherwise than usual. */
export class SmtpServer {
  readonly delivered: Delivered[] = [];
  reply: Reply = () => null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #heard: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async open(): Promise<SmtpServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SmtpServer(server);
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setEncoding('utf8').on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    let buffer = '';
    let envelope = { from: '', to: [] as string[] };
    let lines: string[] | null = null;
    const say = (text: string): void => void socket.write(`${text}\r\n`);
    const line = (text: string): void => {
      if (lines && text !== '.') return void lines.push(text.startsWith('..') ? text.slice(1) : text);
      if (lines) {
        const raw = lines.join('\n');
        lines = null;
        const refused = this.reply('.', raw);
        if (refused !== null) return say(refused);
        this.delivered.push({ ...envelope, raw });
        envelope = { from: '', to: [] };
        say('250 kept');
        for (const call of this.#heard.splice(0)) call();
        return;
      }
      const command = text.split(/[ :]/, 1)[0]?.toUpperCase() ?? '';
      const other = this.reply(command, text);
      if (other !== null) return say(other);
      const address = /<([^>]*)>/.exec(text)?.[1] ?? '';
      if (command === 'MAIL') envelope.from = address;
      if (command === 'RCPT') envelope.to.push(address);
      if (command === 'DATA') lines = [];
      say(command === 'DATA' ? '354 go on' : command === 'QUIT' ? '221 bye' : '250 ok');
      if (command === 'QUIT') socket.end();
    };
    socket.on('data', (chunk: string) => {
      buffer += chunk;
      for (let at = buffer.indexOf('\r\n'); at >= 0; at = buffer.indexOf('\r\n')) {
        const text = buffer.slice(0, at);
        buffer = buffer.slice(at + 2);
        line(text);
      }
    });
    say('220 test');
  }

  async until(count: number): Promise<readonly Delivered[]> {
    while (this.delivered.length < count) await new Promise<void>((resolve) => this.#heard.push(resolve));
    return this.delivered;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** The plain text of a mail, decoded from quoted-printable. */
export const textOf = ({ raw }: Delivered): string => {
  const part = /content-type: text\/plain[^]*?\n\n([^]*?)\n--/i.exec(raw)?.[1] ?? raw;
  const bytes = part
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
};
