import type { Command } from 'commander';
import { makeContext, type Context, type Environment, type GlobalOptions } from './context.ts';
import type { Roots } from './roots.ts';
import { plain } from './layout.ts';
import { Terminal, type Streams } from './terminal.ts';
import { asJson, asLines, misuse, troubleOf } from './trouble.ts';

/** What a whole invocation is given, and how it ends. */
export interface Invocation {
  readonly roots: Roots;
  readonly env: Environment;
  readonly streams: Streams;
  /** Asked for by commands that have something to put in order when the user interrupts. */
  interrupted(): AbortSignal;
  exit: number;
}

/** A command's body: what it was given on the line, then its options. Its number is the exit code; nothing is 0. */
export type Body<Given extends unknown[], Options> = (
  context: Context,
  ...given: [...Given, Options]
) => Promise<number | void>;

/** Makes a body into an action of commander. `what` is said when it fails: what then did not happen, unless that is not known. */
export type Act = <Given extends unknown[], Options = Record<string, never>>(
  what: string,
  body: Body<Given, Options>,
) => (...given: unknown[]) => Promise<void>;

export const actOf =
  (invocation: Invocation): Act =>
  (what, body) =>
  async (...given) => {
    const command = given.pop() as Command;
    given.pop();
    const options = command.optsWithGlobals<GlobalOptions>();
    const { roots, env, streams } = invocation;
    const means = {
      roots,
      env,
      streams,
      get signal() {
        return invocation.interrupted();
      },
    };
    try {
      if (given.flat().includes('')) throw misuse(what, 'An argument is empty.', 'Name what is meant.');
      const exit = await body(makeContext(options, means), ...([...given, options] as never));
      invocation.exit = exit ?? 0;
    } catch (error) {
      invocation.exit = report(error, what, new Terminal(streams, options.json ?? false), env);
    }
  };

/** Says what went wrong, on standard error. The exit code. */
export function report(error: unknown, what: string, terminal: Terminal, env: Environment): number {
  const trouble = troubleOf(error, what);
  if (terminal.json) terminal.note(JSON.stringify(asJson(trouble), null, 2));
  else {
    const [first = '', ...rest] = asLines(trouble).map(plain);
    terminal.note([terminal.style('red', first, 'errors'), ...rest].join('\n'));
  }
  if (env['HUMANOS_DEBUG'] && trouble.cause instanceof Error) terminal.note(trouble.cause.stack ?? '');
  return trouble.exit;
}
