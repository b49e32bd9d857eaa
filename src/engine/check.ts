import type { JsonObject, Json } from '../definition/json.ts';
import { compileSchema, type CompiledSchema, type ValueProblem } from '../definition/validate.ts';

/** Schemas belong to graphs, which never change: each is compiled once. */
const COMPILED = new WeakMap<JsonObject, CompiledSchema>();

/** What is wrong with a value by a schema of the definition; no schema takes anything. */
export const problemsOf = (schema: JsonObject | null, value: Json): readonly ValueProblem[] => {
  if (schema === null) return [];
  let compiled = COMPILED.get(schema);
  if (!compiled) COMPILED.set(schema, (compiled = compileSchema(schema)));
  if (compiled.ok) return compiled.check(value);
  return compiled.problems.map(({ message }) => ({
    path: '',
    message: `its schema cannot be used: ${message}`,
  }));
};

export const listOf = (problems: readonly ValueProblem[], whole: string): string =>
  problems.map(({ path, message }) => `${path || whole}: ${message}`).join('; ');
