import type { Route } from '../operations/schema/index.ts';
import { fromBase64 } from './base64.ts';

type Members = Readonly<Record<string, unknown>>;

export interface Prepared {
  readonly method: string;
  /** From the root, with its query. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** Puts the members of an input where the route wants them: path, query or body. */
export function prepare(route: Route, input: Members): Prepared {
  const inPath = new Set<string>();
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    inPath.add(name);
    return encodeURIComponent(String(input[name]));
  });
  const rest = Object.entries(input).filter(([name, value]) => !inPath.has(name) && value !== undefined);
  const { method } = route;
  if (method === 'GET') return { method, path: `${path}${queryOf(rest)}`, headers: {}, body: undefined };
  if (route.body === 'bytes') {
    const { mediaType = 'application/octet-stream', content = '' } = input as {
      mediaType?: string;
      content?: string;
    };
    return { method, path, headers: { 'content-type': mediaType }, body: fromBase64(content) };
  }
  const body = JSON.stringify(Object.fromEntries(rest));
  return { method, path, headers: { 'content-type': 'application/json' }, body };
}

function queryOf(members: readonly (readonly [string, unknown])[]): string {
  const query = new URLSearchParams();
  for (const [name, value] of members)
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
