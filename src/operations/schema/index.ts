export {
  CATALOGUE,
  type Catalogue,
  type InputOf,
  type Operation,
  type OutputOf,
  type ParsedOf,
  type Shape,
} from './catalogue.ts';
export { PERMISSIONS, type Permission } from './permissions.ts';
export { ROUTES, type OperationName, type Route } from './routes.ts';
export type { CapabilityView, DelegationView, PassportView } from './organisation-views.ts';
export type {
  DefinitionView,
  EventView,
  RunView,
  RunSummaryView,
  TaskDetailView,
  TaskView,
} from './views.ts';
export type { PlanSummaryView, PlanView } from './plan.ts';
