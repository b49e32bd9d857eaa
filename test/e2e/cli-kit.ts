import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { Streams } from '../../src/cli/index.ts';
import { start } from '../../src/main/command-line.ts';

export const ROOT = new URL('../..', import.meta.url).pathname;
const PROGRAM = ['--conditions=source', join(ROOT, 'src/main/humanos.ts')];

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A process whose output is followed line by line. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #out = '';
  #err = '';
  #listeners = new Set<() => void>();

  constructor(
    command: string,
    args: readonly string[],
    options: { env: NodeJS.ProcessEnv; cwd?: string; input?: string },
  ) {
    const { env, cwd = ROOT, input } = options;
    this.child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdin?.on('error', () => {}).end(input ?? '');
    this.child.stdout?.setEncoding('utf8').on('data', (piece: string) => this.#told((this.#out += piece)));
    this.child.stderr?.setEncoding('utf8').on('data', (piece: string) => this.#told((this.#err += piece)));
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code) => {
        resolve({ code, out: this.#out, err: this.#err });
        this.#told('');
      });
    });
  }

  #told(_all: string): void {
    for (const listener of this.#listeners) listener();
  }

  /** What stands first where the pattern fits, in standard output or standard error. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const look = (): RegExpExecArray | null => pattern.exec(this.#out) ?? pattern.exec(this.#err);
    const found = new Promise<RegExpExecArray>((resolve) => {
      const listener = (): void => {
        const match = look();
        if (!match) return;
        this.#listeners.delete(listener);
        resolve(match);
      };
      this.#listeners.add(listener);
      listener();
    });
    const gone = this.ended.then(({ code, out, err }) => {
      const match = look();
      if (match) return match;
      throw new Error(`it ended with ${code} before ${pattern}:\n${out}\n${err}`);
    });
    return Promise.race([found, gone]);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

class Collector extends Writable {
  text = '';
  onText: (text: string) => void = () => {};
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.onText(this.text);
    done();
  }
}

/** A database in a folder of its own, with a server on it. */
export class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'humanos-cli-'));
  readonly database = `sqlite:${join(this.folder, 'data', 'h.sqlite')}`;
  url = '';
  adminToken = '';
  #server: Running | null = null;
  #running = new Set<Running>();

  env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    return {
      PATH,
      HOME,
      NO_COLOR: '1',
      HUMANOS_URL: this.url,
      HUMANOS_TOKEN: this.adminToken,
      HUMANOS_DATABASE_URL: this.database,
      ...more,
    };
  }

  /** `port`: 0 is any that is free. */
  async serve(env: NodeJS.ProcessEnv = {}, port = 0): Promise<Running> {
    const server = this.start(['serve', '--port', String(port), '--json'], { env });
    const [line] = await server.until(/^\{.*\}\n/);
    const { url, adminToken } = JSON.parse(line) as { url: string; adminToken?: string };
    this.url = url;
    this.adminToken = adminToken ?? this.adminToken;
    this.#server = server;
    return server;
  }

  async stop(signal?: NodeJS.Signals): Promise<Ended | undefined> {
    const ended = await this.#server?.stop(signal);
    this.#server = null;
    return ended;
  }

  start(args: readonly string[], options: { env?: NodeJS.ProcessEnv; input?: string } = {}): Running {
    return this.spawn(process.execPath, [...PROGRAM, ...args], options);
  }

  spawn(
    command: string,
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; input?: string; cwd?: string } = {},
  ) {
    const { env, ...rest } = options;
    const running = new Running(command, args, { ...rest, env: this.env(env) });
    this.#running.add(running);
    void running.ended.then(() => this.#running.delete(running));
    return running;
  }

  /** A command from start to end, without a process of its own: it is the same code, and there are many of them. */
  async run(
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; input?: string } = {},
  ): Promise<Ended> {
    const [output, errors] = [new Collector(), new Collector()];
    const streams = { input: Readable.from([options.input ?? '']), output, errors } as unknown as Streams;
    const code = await start(args, this.env(options.env), streams);
    return { code, out: output.text, err: errors.text };
  }

  /** A command at a terminal, where somebody presses these keys when they are asked. */
  async atTerminal(
    args: readonly string[],
    keys: string,
    options: { env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ended> {
    const [output, errors, input] = [new Collector(), new Collector(), new PassThrough()];
    Object.assign(input, { isTTY: true, setRawMode: () => input });
    Object.assign(output, { isTTY: true, columns: 100, rows: 40 });
    output.onText = (text) => {
      if (!text.includes('exactly this?')) return;
      output.onText = () => {};
      setImmediate(() => input.write(keys));
    };
    const code = await start(args, this.env(options.env), { input, output, errors } as unknown as Streams);
    return { code, out: stripVTControlCharacters(output.text), err: errors.text };
  }

  /** The document that a command answers with; what went wrong is thrown. */
  async json<Value>(...args: string[]): Promise<Value> {
    const { code, out, err } = await this.run([...args, '--json']);
    if (code !== 0) throw new Error(`humanos ${args.join(' ')} ended with ${code}: ${err}`);
    return JSON.parse(out) as Value;
  }

  /** A participant with a token: the environment in which it acts. */
  async participant(
    name: string,
    ...options: string[]
  ): Promise<{ readonly id: string; readonly env: NodeJS.ProcessEnv }> {
    const { id, secret } = await this.json<{ id: string; secret: string }>(
      'participants',
      'add',
      name,
      ...options,
      '--issue-token',
    );
    return { id, env: { HUMANOS_TOKEN: secret } };
  }

  async close(): Promise<void> {
    for (const running of [...this.#running]) await running.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
