import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program in a process of its own, which says a line when it is ready and another to each word. */
export interface Companion {
  /** @throws Error when the process ends before it has answered */
  ask(word: string): Promise<string>;
  end(): Promise<void>;
  kill(): void;
}

/** Killed after `limitMs`. */
export async function startCompanion(
  program: URL,
  args: readonly string[],
  limitMs = 600_000,
): Promise<Companion> {
  const child = spawn(process.execPath, ['--conditions=source', fileURLToPath(program), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const late = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const gone = once(child, 'exit').finally(() => clearTimeout(late));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('a node ended without a word');
    return value;
  };
  await next();
  return {
    ask(word) {
      child.stdin.write(`${word}\n`);
      return next();
    },
    async end() {
      child.stdin.end('end\n');
      await gone;
    },
    kill: () => child.kill('SIGKILL'),
  };
}
