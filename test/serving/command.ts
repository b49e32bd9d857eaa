import { join } from 'node:path';
import { ROOT, Running, type Ended } from '../e2e/cli-kit.ts';

/** A command of the program, from start to end; `program` is that of another release. */
export function humanos(
  args: readonly string[],
  {
    env,
    program = [process.execPath, '--conditions=source', join(ROOT, 'src/main/humanos.ts')],
  }: { readonly env?: NodeJS.ProcessEnv; readonly program?: readonly [string, ...string[]] } = {},
): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const [command, ...before] = program;
  return new Running(command, [...before, ...args], { env: { PATH, HOME, NO_COLOR: '1', ...env } }).ended;
}
