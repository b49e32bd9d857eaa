/** Workflows as authored: text, checks, compiled graph, expressions, schemas of users. Imports nothing of the project. */
export type { ArtifactRef, Json, JsonObject } from './json.ts';
export { isArtifactRef } from './json.ts';
export type * from './graph.ts';
export { SAFETIES } from './graph.ts';
export {
  TASK_PRIVILEGES,
  type Privileges,
  type TaskPrivilege,
  type TaskRole,
  type TaskRules,
  type Visibility,
} from './task-rules.ts';
export { isError, PROBLEM_CODES, type DefinitionProblem, type ProblemCode } from './problem.ts';

export { keepsDigits } from './digits.ts';
export { SchemaBudget, TO_SAVE } from './json-schema.ts';
export { formatPath, type Path } from './path.ts';
export { parseDefinition, type ParsedDefinition } from './parse.ts';
export { type AuthoredDefinition, type AuthoredPhase, type AuthoredStep, type StepKind } from './schema.ts';
export { checkDefinition, nestedDefinitions, type Known } from './check.ts';
export { compileDefinition, type CompiledDefinition } from './compile.ts';
export {
  compileSchema,
  type CheckValue,
  type CompiledSchema,
  type SchemaProblem,
  type ValueProblem,
} from './validate.ts';
export type { CompiledTemplate, Expected, Names } from './expression.ts';
