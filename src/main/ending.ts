import type { Writable } from 'node:stream';

/** How the process of a command ends, by what becomes of its output. */

/** What a shell tells of a program that SIGPIPE has ended. */
const UNREAD = 141;
const REST_MS = 2000;
/** What a command gives that was interrupted. */
const INTERRUPTED = 130;

let isUnread = false;

/**
 * Whoever reads the output may have seen enough, as `head` has. A command that follows signals then puts in order what it has in hand, as
 * it does at SIGTERM; any other is ended here. What goes to standard error is no answer: a command goes on though nobody reads it.
 */
export function followReaders(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.exit(1);
    if (isUnread) return;
    isUnread = true;
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(UNREAD);
  });
}

/**
 * Ends the process with this code once all that was written is taken, however late. What is still open by then, such as a connection that
 * nothing comes from, does not hold up the end.
 */
export async function endWith(code: number): Promise<void> {
  process.exitCode = isUnread ? UNREAD : code;
  await endWhenWritten([process.stdout, process.stderr], () => process.exit(), code === INTERRUPTED);
}

/**
 * To a pipe nothing is written at once beyond what it holds, and an exit drops the rest. Whoever has interrupted a command does not wait
 * for a reader that stands still.
 */
export async function endWhenWritten(
  streams: readonly Writable[],
  end: () => void,
  isInterrupted = false,
): Promise<void> {
  if (isInterrupted) setTimeout(end, REST_MS).unref();
  for (const stream of streams) await new Promise<void>((resolve) => stream.write('', () => resolve()));
  setTimeout(end, REST_MS).unref();
}
