/** Holds the files of the project, as git sees them, against `project-rules.ts`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RULES } from './project-rules.ts';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
const paths = listed.split('\0').filter((path) => path !== '' && existsSync(path));
const files = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));

const problems = Object.values(RULES).flatMap((rule) => rule(files));
for (const problem of problems) console.error(problem);
console.log(`${Object.keys(RULES).length} rules on ${files.size} files: ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
