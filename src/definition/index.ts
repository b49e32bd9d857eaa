/** Workflows as authored: text, checks, compiled graph, expressions, schemas of users. Imports nothing of the project. */
export type { ArtifactRef, Json, JsonObject } from './json.ts';
export { isArtifactRef, isObject } from './json.ts';
export type * from './graph.ts';
export {
  isError,
  MAX_PROBLEMS,
  PROBLEM_CODES,
  ProblemList,
  type DefinitionProblem,
  type ProblemCode,
} from './problem.ts';
export { formatPath, type Path } from './path.ts';
export { MAX_DEFINITION_BYTES, parseDefinition, type ParsedDefinition } from './parse.ts';
export {
  definitionSchema,
  MAX_ATTEMPTS,
  MAX_CONCURRENCY,
  MAX_PHASES,
  MAX_QUORUM,
  MAX_REDOS,
  MAX_STEPS,
  MAX_TASKS,
  STEP_KINDS,
  type AuthoredDefinition,
  type AuthoredPhase,
  type AuthoredStep,
  type StepKind,
} from './schema.ts';
export { ID_PATTERN } from './names.ts';
export { checkDefinition, type Known } from './check.ts';
export {
  compileDefinition,
  DEFAULT_CONCURRENCY,
  DEFAULT_REDOS,
  DEFAULT_RETRY,
  DEFAULT_TASKS,
  type CompiledDefinition,
} from './compile.ts';
export { canonicalText, definitionText } from './canonical.ts';
export {
  checkSchema,
  compileSchema,
  type CheckValue,
  type CompiledSchema,
  type SchemaProblem,
  type ValueProblem,
} from './validate.ts';
export { compileTemplate, type CompiledTemplate, type Expected, type Names } from './expression.ts';
export { MAX_DURATION, parseDuration } from './duration.ts';
