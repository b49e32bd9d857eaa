/** What facts are made of: each piece says its type, its JSON Schema and what it means, once. */
import type { Json, JsonObject } from '../definition/json.ts';

export interface Fact<T extends Json | undefined> {
  readonly shape: JsonObject;
  readonly says: string;
  /** Never there; carries the type. */
  readonly sample?: T;
}
export type Of<F> = F extends Fact<infer T> ? T : never;
type Members = { readonly [name: string]: Fact<Json> };
type Made<M extends Members> = { readonly [name in keyof M]: Of<M[name]> };

export const text = (says: string): Fact<string> => ({ shape: { type: 'string' }, says });
/** RFC 3339. */
export const time = (says: string): Fact<string> => ({
  shape: { type: 'string', format: 'date-time' },
  says,
});
export const number = (says: string): Fact<number> => ({ shape: { type: 'number' }, says });
export const flag = (says: string): Fact<boolean> => ({ shape: { type: 'boolean' }, says });
export const texts = (says: string): Fact<readonly string[]> => ({
  shape: { type: 'array', items: { type: 'string' } },
  says,
});
export const anything = (says: string): Fact<Json> => ({ shape: {}, says });

export const word = <const Word extends string>(says: string, words: readonly Word[]): Fact<Word> => ({
  shape: { type: 'string', enum: words },
  says,
});

export const object = <const M extends Members>(says: string, members: M): Fact<Made<M>> => ({
  shape: {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(members).map(([name, { shape, says }]) => [name, { ...shape, description: says }]),
    ),
  },
  says,
});

export const orNull = <T extends Json>(fact: Fact<T>): Fact<T | null> => {
  const { type, enum: words } = fact.shape;
  const shape = { ...fact.shape, type: [type as string, 'null'] };
  return { shape: Array.isArray(words) ? { ...shape, enum: [...words, null] } : shape, says: fact.says };
};

/** One line of the table of facts: `run.safety`, its type in words, what it means. */
export interface FactRow {
  readonly path: string;
  readonly type: string;
  readonly says: string;
}

const WORDS: { readonly [type: string]: string } = {
  string: 'text',
  number: 'number',
  boolean: 'true or false',
  array: 'list of texts',
  object: 'object',
};

/** A fact and all that is in it, in the order of the table. */
export function factRows(name: string, { shape, says }: Pick<Fact<Json>, 'shape' | 'says'>): FactRow[] {
  const { type, enum: words, properties } = shape;
  const own = (Array.isArray(type) ? type : [type]) as readonly (string | undefined)[];
  const nullable = own.includes('null') ? ' or null' : '';
  const values = (Array.isArray(words) ? words : []).filter((value) => typeof value === 'string');
  const plain = own[0] === undefined ? 'any JSON' : (WORDS[own[0]] ?? own[0]);
  const typed = values.length > 0 ? values.map((value) => `\`${value}\``).join(', ') : plain;
  const inner = Object.entries(
    (properties ?? {}) as {
      readonly [key: string]: JsonObject & { readonly description: string };
    },
  );
  return [
    { path: name, type: `${typed}${nullable}`, says },
    ...inner.flatMap(([key, of]) => factRows(`${name}.${key}`, { shape: of, says: of.description })),
  ];
}
