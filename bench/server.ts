import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { now } from './clock.ts';

/** As it is published, where it has been built (`npm run build`). */
export const BUILT = fileURLToPath(new URL('../dist/bin/humanos.js', import.meta.url));
export const SOURCE = fileURLToPath(new URL('../src/main/humanos.ts', import.meta.url));

interface Start {
  readonly program?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** `humanos serve` in a process of its own. */
export class Server {
  readonly url: string;
  /** From the start of the process to its first answer; ms. */
  readonly took: number;
  readonly #process: ChildProcess;
  readonly #kill: () => void;

  private constructor(child: ChildProcess, kill: () => void, url: string, took: number) {
    this.#process = child;
    this.#kill = kill;
    this.url = url;
    this.took = took;
  }

  static async start(
    databaseUrl: string,
    { program = existsSync(BUILT) ? BUILT : SOURCE, env = process.env }: Start = {},
  ): Promise<Server> {
    const began = now();
    const child = spawn(
      process.execPath,
      ['--conditions=source', program, 'serve', '--json', '--port', '0', '--database', databaseUrl],
      { stdio: ['ignore', 'pipe', 'inherit'], env },
    );
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = JSON.parse(line) as { url: string };
      await fetch(`${url}/readyz`);
      return new Server(child, kill, url, now() - began);
    }
    throw new Error('the server ended without a word');
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.kill(signal);
    await gone;
    process.off('exit', this.#kill);
  }
}
