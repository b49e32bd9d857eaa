import { join } from 'node:path';
import { ROOT, Running, type Ended } from '../e2e/cli-kit.ts';

export interface NodeSettings {
  readonly databaseUrl: string;
  /** What starts the command line; by default the sources of this checkout. */
  readonly program?: readonly [command: string, ...args: string[]];
  /** Arguments of `serve` beside the port, such as `--role api`. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** How long its start may take, ms; two minutes if absent. */
  readonly startMs?: number;
}

const START_MS = 120_000;

const SOURCES = [process.execPath, '--conditions=source', join(ROOT, 'src/main/humanos.ts')] as const;

/** `humanos serve` in a process of its own, which may be killed, frozen and started again. It ends with the test at the latest. */
export class NodeProcess {
  readonly settings: NodeSettings;
  /** Where it is now; another port after each start. */
  url = '';
  /** The administrator's token, where this node made one. */
  adminToken: string | null = null;
  isFrozen = false;
  #running: Running | null = null;
  /** How the last process ended. */
  #last: Ended | null = null;

  constructor(settings: NodeSettings) {
    this.settings = settings;
  }

  static async start(settings: NodeSettings): Promise<NodeProcess> {
    const node = new NodeProcess(settings);
    await node.start();
    return node;
  }

  get isUp(): boolean {
    return this.#running !== null && this.url !== '';
  }

  get pid(): number {
    const pid = this.#running?.child.pid;
    if (pid === undefined) throw new Error(this.#last ? told(this.#last) : 'this node has not been started');
    return pid;
  }

  /** Resolves when it answers. @throws Error with what it said when it ends before */
  async start(): Promise<void> {
    const { databaseUrl, program = SOURCES, args = [], env = {}, cwd } = this.settings;
    const [command, ...before] = program;
    const { PATH, HOME } = process.env;
    const all = { PATH, HOME, NO_COLOR: '1', HUMANOS_DATABASE_URL: databaseUrl, ...env };
    const running = new Running(command, [...before, 'serve', '--port', '0', '--json', ...args], {
      env: all,
      ...(cwd !== undefined && { cwd }),
    });
    const kill = (): void => void running.child.kill('SIGKILL');
    process.once('exit', kill);
    this.#running = running;
    void running.ended.then((ended) => {
      process.removeListener('exit', kill);
      this.#last = ended;
      if (this.#running !== running) return;
      this.#running = null;
      this.url = '';
      this.isFrozen = false;
    });
    const [line] = await within(running, this.settings.startMs ?? START_MS);
    const said = JSON.parse(line) as { url: string; adminToken?: string };
    this.url = said.url;
    this.adminToken ??= said.adminToken ?? null;
  }

  /** `SIGTERM` lets it finish, `SIGKILL` is a crash. Resolves when it is gone, with what it said. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<Ended | null> {
    const running = this.#running;
    if (!running) return null;
    if (this.isFrozen && signal === 'SIGTERM') this.thaw();
    return running.stop(signal);
  }

  /** The process stands still, its connections stay: SIGSTOP. */
  freeze(): void {
    this.isFrozen = true;
    process.kill(this.pid, 'SIGSTOP');
  }

  /** It goes on as if no time had passed. */
  thaw(): void {
    this.isFrozen = false;
    process.kill(this.pid, 'SIGCONT');
  }
}

const told = ({ code, err }: Ended): string => `this node has ended with ${code}: ${err.slice(-2000)}`;

/** The line with which it says where it is. One that is not up in time is killed, and what it said is thrown. */
async function within(running: Running, ms: number): Promise<RegExpExecArray> {
  const late = setTimeout(() => running.child.kill('SIGKILL'), ms);
  try {
    return await running.until(/^\{"url":.*\}$/m);
  } finally {
    clearTimeout(late);
  }
}
