/** `node --conditions=source examples/invoices/generate/main.ts` writes `inbox/` and `expected.json` anew. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeExpectation } from './expectation.ts';
import { generate } from './generate.ts';

const EXAMPLE = join(import.meta.dirname, '..');
const INBOX = join(EXAMPLE, 'inbox');

const { files, expectation } = generate();
await mkdir(INBOX, { recursive: true });
for (const name of await readdir(INBOX)) if (name.endsWith('.xml')) await rm(join(INBOX, name));
for (const { name, content } of files) await writeFile(join(INBOX, name), content);
await writeFile(join(EXAMPLE, 'expected.json'), writeExpectation(expectation));
process.stdout.write(`${files.length} invoices in ${INBOX}\n`);
