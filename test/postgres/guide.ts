import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const GUIDE = readFileSync(new URL('../../docs/guides/operating.md', import.meta.url), 'utf8');

/** What the guide to operating says in one of its blocks, word for word. */
export function block(name: string): string {
  const [, text] = new RegExp(`^\`\`\`${name}\n([\\s\\S]*?)^\`\`\``, 'm').exec(GUIDE) ?? [];
  assert.ok(text, `the guide has a block ${name}`);
  return text;
}
