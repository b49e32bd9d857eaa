import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Json } from 'humanos/worker';
import { refuse, type Refusal } from './answer.ts';
import { CHANGES, READS } from './tools/index.ts';

/** What a call does, as the shop says: `consequential` changes its records, `escalate` is beyond what an agent may do. */
const TOOL_CLASSES = ['read', 'consequential', 'escalate'] as const;
export type ToolClass = (typeof TOOL_CLASSES)[number];

export interface ToolEntry {
  readonly name: string;
  readonly description: string;
  readonly class: ToolClass;
  /** JSON Schema of the arguments. */
  readonly parameters: { readonly [keyword: string]: Json };
}

export type Arguments = { readonly [name: string]: Json };

/** What is offered, checked against what is implemented. @throws Error where a tool is missing or changes more than its class says */
export class Catalogue {
  readonly #entries: ReadonlyMap<string, ToolEntry>;
  readonly #checks = new Map<string, ValidateFunction>();
  readonly #ajv = new Ajv({ strict: false, allErrors: true });

  constructor(entries: readonly ToolEntry[]) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    for (const { name, class: is } of entries) {
      if (!TOOL_CLASSES.includes(is)) throw new Error(`the tool ${name} has an unknown class: ${is}`);
      if (!Object.hasOwn(is === 'consequential' ? CHANGES : READS, name))
        throw new Error(`the tool ${name} of class ${is} is not implemented`);
    }
  }

  get entries(): readonly ToolEntry[] {
    return [...this.#entries.values()];
  }

  entry(name: string): ToolEntry | undefined {
    return this.#entries.get(name);
  }

  /**
   * Null where the arguments have the shape that the tool declares. Whether a value is one of those a tool knows is for the tool to say,
   * in its own words and after what comes first.
   */
  misfit(entry: ToolEntry, args: Arguments): Refusal | null {
    const check = this.#check(entry);
    if (check(args)) return null;
    const problem = check.errors?.find(({ keyword }) => keyword !== 'enum');
    return problem ? refuse(wordsOf(problem)) : null;
  }

  #check({ name, parameters }: ToolEntry): ValidateFunction {
    const made = this.#checks.get(name) ?? this.#ajv.compile({ additionalProperties: false, ...parameters });
    this.#checks.set(name, made);
    return made;
  }
}

const wordsOf = ({ keyword, params, instancePath, message }: ErrorObject): string => {
  if (keyword === 'required') return `missing argument ${String(params['missingProperty'])}`;
  if (keyword === 'additionalProperties') return `unknown argument ${String(params['additionalProperty'])}`;
  return `argument ${instancePath.slice(1).replaceAll('/', '.')} ${message ?? 'is invalid'}`;
};
