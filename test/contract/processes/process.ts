import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A real process that runs a script of this folder, and the lines it has printed. */
export class TestProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<unknown>;

  constructor(script: string, ...args: string[]) {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const options = { stdio: ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'] };
    this.#child = spawn(process.execPath, ['--conditions=source', file, ...args], options);
    this.#exit = once(this.#child, 'exit');
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** The next line; null after the last. */
  async line(): Promise<string | null> {
    const next = await this.#lines.next();
    return next.done ? null : next.value;
  }

  /** Kills it in the middle of whatever it does, and returns the lines that it had printed by then and were not read. */
  async kill(): Promise<string[]> {
    this.#child.kill('SIGKILL');
    const lines: string[] = [];
    for (let line = await this.line(); line !== null; line = await this.line()) lines.push(line);
    await this.#exit;
    return lines;
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#exit;
  }
}
