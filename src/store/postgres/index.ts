export { openPostgres } from './open.ts';
export type { PostgresOptions } from './open.ts';
