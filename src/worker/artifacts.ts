import { isArtifactRef } from '../client/index.ts';
import type { Json } from './json.ts';

/** How many artifacts of one input are on the way at once. */
const AT_ONCE = 4;

/**
 * The value with the content of the artifacts in the place of the references to them. References to what is not JSON stay, as the
 * server lets them, and so do those inside of that content: they belong to whoever wrote it. Without references it is the value itself.
 */
export async function resolveArtifacts(
  value: Json,
  fetchContent: (sha256: string) => Promise<Json | undefined>,
): Promise<Json> {
  const wanted = [...references(value, new Set())];
  if (wanted.length === 0) return value;
  const contents = new Map<string, Json | undefined>();
  const lane = async (): Promise<void> => {
    for (let sha256 = wanted.pop(); sha256 !== undefined; sha256 = wanted.pop())
      contents.set(sha256, await fetchContent(sha256));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return replaced(value, contents);
}

function references(value: Json, found: Set<string>): Set<string> {
  if (isArtifactRef(value)) found.add(value.$artifact);
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) references(part ?? null, found);
  return found;
}

function replaced(value: Json, contents: ReadonlyMap<string, Json | undefined>): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isArtifactRef(value)) {
    const content = contents.get(value.$artifact);
    return content === undefined ? value : content;
  }
  if (Array.isArray(value)) return value.map((part: Json) => replaced(part, contents));
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, replaced(part ?? null, contents)]),
  );
}
