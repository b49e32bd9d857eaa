import { initial } from './0001_initial.ts';
import { reserved } from './0002_reserved.ts';
import { ended } from './0003_ended.ts';

/**
 * The schema's history, oldest first: number n takes a database from version n - 1 to version n.
 * A released migration is never edited; what it did wrong, the next one puts right.
 */
export const MIGRATIONS: readonly string[] = [initial, reserved, ended];
