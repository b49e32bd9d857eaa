import type { Outcome } from '../runtime/index.ts';
import { keyIn, writeCursor } from '../store/cursor.ts';
import type { Call, Context, Read } from './context.ts';
import { no } from './outcome.ts';
import type { OperationName, OutputOf } from './schema/index.ts';

/**
 * Reads, page by page where it is a list.
 *
 * CURSOR-1  What a list gives to go on bears its name, so that no other takes it for a place of its own. Its handler knows the place alone.
 */
export async function readPage<Name extends OperationName>(
  context: Context,
  name: Name,
  read: Read<Name>,
  call: Call<Name>,
): Promise<Outcome<OutputOf<Name>>> {
  const { cursor } = call.input as { readonly cursor?: string };
  if (cursor === undefined) return named(name, await read(context, call));
  const [list, place] = keyIn<readonly [string, string]>(cursor, ['', '']) ?? [];
  if (list !== name) return no('cursor_invalid', `The cursor is not one that ${name} has given.`);
  return named(name, await read(context, { ...call, input: { ...call.input, cursor: place } }));
}

function named<Answer>(name: OperationName, outcome: Outcome<Answer>): Outcome<Answer> {
  if (!outcome.ok) return outcome;
  const { next } = outcome.value as { readonly next?: unknown };
  return typeof next === 'string'
    ? { ok: true, value: { ...outcome.value, next: writeCursor([name, next]) } }
    : outcome;
}
