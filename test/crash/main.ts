import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

/** `npm run crash -- [KILLS]`: the crash tests with that many kills each, 60 if absent. */
process.env['HUMANOS_KILLS'] = process.argv[2] ?? '60';
const FILES = ['crash.test.ts', 'undoing.test.ts'];
run({ files: FILES.map((file) => fileURLToPath(new URL(file, import.meta.url))) })
  .on('test:fail', () => {
    process.exitCode = 1;
  })
  .compose(spec)
  .pipe(process.stdout);
