import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { main, type Roots, type Streams } from '../../src/cli/index.ts';

/** A command, from its arguments to its end; at a terminal so wide, or with its output read by a program. `input`: what it is given by. */
export async function tell(
  args: readonly string[],
  roots: Partial<Roots> = {},
  width?: number,
  env = {},
  input = {},
) {
  const told = { out: '', err: '' };
  const to = (name: keyof typeof told) =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        told[name] += chunk.toString();
        done();
      },
    });
  const output = Object.assign(to('out'), width !== undefined && { isTTY: true, columns: width });
  const streams = { input, output, errors: to('err') } as unknown as Streams;
  const code = await main(args, { roots: roots as Roots, env: { HUMANOS_TOKEN: 'x', ...env }, streams });
  return { code, ...told };
}

/** A server that answers so. */
export const serverOf = (t: TestContext, answer: (path: string, body: string) => object, status = 200) =>
  t.mock.method(globalThis, 'fetch', async (url: string | URL, { body }: RequestInit = {}) => {
    const { pathname, search } = new URL(url);
    const type = status === 200 ? 'application/json' : 'application/problem+json';
    return new Response(JSON.stringify(answer(pathname + search, typeof body === 'string' ? body : '')), {
      status,
      headers: { 'content-type': type },
    });
  });
