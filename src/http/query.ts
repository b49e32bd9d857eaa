import { z } from 'zod';
import { no, type Outcome } from '../operations/index.ts';
import type { Operation } from '../operations/schema/index.ts';

interface Member {
  readonly type?: string;
  readonly items?: Member;
}
export type Members = Readonly<Record<string, Member>>;

/** The members of an operation's input, as JSON Schema. */
export const membersOf = (operation: Operation): Members =>
  (z.toJSONSchema(operation.input, { io: 'input' }) as { properties?: Members }).properties ?? {};

/** The members that a query gives to the input: texts become what the schema wants where they read as such. */
export function readQuery(
  query: Readonly<Record<string, readonly string[]>>,
  members: Members,
): Outcome<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(query)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    const isList = member?.type === 'array';
    if (values.length > 1 && !isList)
      return no('request_invalid', `The query names ${name} ${values.length} times.`, {
        problems: [{ path: name, message: 'It is named more than once.' }],
      });
    input[name] = isList
      ? values.flatMap((value) => value.split(',')).map((value) => plain(value, member.items))
      : plain(values[0] ?? '', member);
  }
  return { ok: true, value: input };
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** What does not read as the type that is wanted stays a text, which the schema then refuses in its own words. */
function plain(text: string, member: Member | undefined): unknown {
  switch (member?.type) {
    case 'integer':
    case 'number':
      return NUMBER.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    default:
      return text;
  }
}
