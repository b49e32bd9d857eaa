import type { Json, JsonObject } from '../definition/index.ts';
import { readKind } from './contract.ts';

/** A member of the goal's input that content is taken from. */
export interface Supply {
  readonly member: string;
  readonly list: boolean;
}

/**
 * What the input holds of which kind.
 *
 * SUPPLY-1  A member holds the kind that it is called after, in the singular or plural, however the words are joined: `invoices`, `invoice`
 *           and `invoiceList` hold `invoice`. A list is a list of the kind.
 * SUPPLY-2  Where one kind is left and one member that no kind is called after, that member holds that kind.
 */
export class Supplies {
  readonly #members: JsonObject;
  readonly #byName = new Map<string, string>();
  readonly #adopted = new Map<string, string>();

  constructor(input: Json) {
    this.#members = isMembers(input) ? input : {};
    for (const name of Object.keys(this.#members)) {
      const plain = plainly(name);
      if (!this.#byName.has(plain)) this.#byName.set(plain, name);
    }
  }

  of(kind: string): Supply | null {
    const name = this.#named(kind) ?? this.#adopted.get(kind);
    return name === undefined ? null : { member: name, list: Array.isArray(this.#members[name]) };
  }

  /** SUPPLY-2; the member that was given to the kind, or null. `kinds` are all that the plan takes from outside. */
  adopt(kinds: readonly string[]): { readonly kind: string; readonly member: string } | null {
    const left = kinds.filter((kind) => this.of(kind) === null);
    const used = new Set(kinds.map((kind) => this.of(kind)?.member));
    const free = Object.keys(this.#members).filter((member) => !used.has(member));
    const [kind] = left;
    const [name] = free;
    if (left.length !== 1 || free.length !== 1 || kind === undefined || name === undefined) return null;
    this.#adopted.set(kind, name);
    return { kind, member: name };
  }

  get names(): string[] {
    return Object.keys(this.#members);
  }

  value(name: string): Json {
    return this.#members[name] ?? null;
  }

  #named(kind: string): string | undefined {
    const plain = plainly(readKind(kind).name);
    const forms = [plain, `${plain}s`, `${plain}es`, plain.replace(/y$/, 'ies'), `${plain}list`];
    return forms.map((form) => this.#byName.get(form)).find((name) => name !== undefined);
  }
}

const isMembers = (input: Json): input is JsonObject =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

const plainly = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');
