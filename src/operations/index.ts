export type { OperationsParts } from './context.ts';
export {
  ERRORS,
  errorEntry,
  refusalOf,
  type ErrorCode,
  type ErrorEntry,
  type ErrorKind,
} from './errors/catalogue.ts';
export type { LinkDecision, LinkView } from './decision-links.ts';
export { errorPage } from './errors/page.ts';
export type { Gauges } from './gauges.ts';
export type { Follower } from './events.ts';
export { newId, newKeyPair, newSecret } from './identity.ts';
export type { PlanModel } from './plans/making.ts';
export { isOperation, Operations, type Asked } from './operations.ts';
export { permissionsOf } from './permissions.ts';
export { ADMINISTRATOR } from '../runtime/index.ts';
export { no } from './outcome.ts';
export { readJson, readUtf8 } from './text.ts';
export { escaped } from '../channels/html.ts';
export { dueOf } from './schema/due.ts';
export type { Outcome } from '../runtime/index.ts';
export type { Passport } from '../routing/index.ts';
export type { Rejection } from '../engine/index.ts';
