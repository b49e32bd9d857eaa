export { arriveAt } from './arrival.ts';
export type { Arrived } from './arrival.ts';
export { openPostgres, readSchema } from './open.ts';
export type { PostgresOptions } from './open.ts';
