import { readFileSync } from 'node:fs';

/** Of the package: beside the source, and beside what is built of it. */
export const readManifest = (): { readonly name: string; readonly version: string } =>
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
