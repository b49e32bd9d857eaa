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
export type {
  DefinitionView,
  EventView,
  PassportView,
  RunView,
  RunSummaryView,
  TaskDetailView,
  TaskView,
} from './views.ts';
