/**
 * Writes `docs/errors/`: a page for every code, made of the catalogue, and below it what was written by hand under a `## Detail`
 * heading, which is kept.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentedCodes, errorPage } from '../src/operations/errors/page.ts';

const DETAIL = '## Detail';

/** What was written by hand on a page; nothing where there is no page yet. */
const detailOf = (text: string): string => {
  const at = text.indexOf(`\n${DETAIL}\n`);
  return at === -1 ? '' : text.slice(at + 1);
};

function writePages(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const codes = documentedCodes();
  for (const code of codes) {
    const path = join(folder, `${code}.md`);
    const detail = existsSync(path) ? detailOf(readFileSync(path, 'utf8')) : '';
    writeFileSync(path, errorPage(code, detail) ?? '');
  }
  for (const name of readdirSync(folder))
    if (name.endsWith('.md') && name !== 'README.md' && !codes.includes(name.slice(0, -3)))
      rmSync(join(folder, name));
}

if (import.meta.main) writePages(fileURLToPath(new URL('../docs/errors/', import.meta.url)));
