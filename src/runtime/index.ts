export { attribute, byRole, byTask } from './authority.ts';
export { systemClock, type Clock } from './clock.ts';
export {
  ORGANISATION,
  type DefinitionVersion,
  type Organisation,
  type Remember,
  type TokenRecord,
} from './organisation.ts';
export { summaryOf, type RunSummary } from './rows.ts';
export type { Outcome, Receipt } from './runs.ts';
export { Runtime, type RuntimeParts, type StartRequest } from './runtime.ts';
export type { ClaimRequest } from './scheduler.ts';
