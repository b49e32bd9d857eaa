import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

/** `npm run crash -- [KILLS]`: the crash test with that many kills, 20 if absent. */
process.env['HUMANOS_KILLS'] = process.argv[2] ?? '20';
run({ files: [fileURLToPath(new URL('crash.test.ts', import.meta.url))] })
  .on('test:fail', () => {
    process.exitCode = 1;
  })
  .compose(spec)
  .pipe(process.stdout);
