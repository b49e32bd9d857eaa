/** Words that cannot stand after a dot in an expression. */
const RESERVED = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);
const IDENTIFIER = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** `from.name`, or `from["name"]` where the name is no identifier. */
export const member = (from: string, name: string): string =>
  IDENTIFIER.test(name) && !RESERVED.has(name) ? `${from}.${name}` : `${from}[${JSON.stringify(name)}]`;

export const expression = (source: string): string => `\${ ${source} }`;

const MAX_ID = 64;

/** Ids of phases and steps, made of words: letters, digits and `_`, each once. */
export class Ids {
  readonly #taken = new Set<string>();

  make(text: string): string {
    const plain = text.replaceAll(/[^a-zA-Z0-9]+/g, '_').replaceAll(/^[_0-9]+|_+$/g, '');
    const base = (plain === '' ? 'step' : plain).slice(0, MAX_ID - 4).replace(/_+$/, '');
    for (let number = 1; ; number++) {
      const id = number === 1 ? base : `${base}_${number}`;
      if (this.#taken.has(id) || id in Object.prototype) continue;
      this.#taken.add(id);
      return id;
    }
  }
}

/** `a, b and c`. */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const SPACES = /\s+/g;
export const oneLine = (text: string, most: number): string => {
  const line = text.replaceAll(SPACES, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
};
