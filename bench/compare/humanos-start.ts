import { flushCompileCache } from 'node:module';
import { keepCompiled } from '../../src/main/compile-cache.ts';
import type { Open } from './contender.ts';

/** As the program starts: nothing is loaded before Node keeps what it compiles, and what it has compiled outlives a kill -9. */
export const open: Open = async (...given) => {
  keepCompiled(process.env);
  const contender = await (await import('./humanos.ts')).open(...given);
  setImmediate(flushCompileCache);
  return contender;
};
