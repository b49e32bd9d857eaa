import { isArtifactRef, type Json } from '../definition/index.ts';
import { canonicalProblem, toHex } from '../ledger/index.ts';
import { storedArtifact } from '../runtime/index.ts';
import { plainWrite, type Context, type Read } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import { readJson, readUtf8 } from './text.ts';

export const getArtifact: Read<'artifact.get'> = async ({ runtime, sha256: hash }, { input: { sha256 } }) => {
  const found = await storedArtifact(runtime.store, sha256, hash);
  if (!found) return no('artifact_unknown', `There is no artifact ${sha256}.`);
  const { mediaType, content } = found;
  return done({ sha256, mediaType, bytes: content.length, content: Buffer.from(content).toString('base64') });
};

export const putArtifact = plainWrite('artifact.put', {
  unrecorded: true,
  async act({ runtime, sha256: hash }, { input: { sha256, mediaType, content: text } }) {
    const content = new Uint8Array(Buffer.from(text, 'base64'));
    const actual = toHex(hash(content));
    if (actual !== sha256)
      return no('digest_mismatch', `The content has the SHA-256 ${actual}, not ${sha256}.`, { actual });
    const known = await storedArtifact(runtime.store, sha256, hash);
    if (!known) await runtime.store.putArtifact({ sha256, mediaType, content });
    return done({ sha256, mediaType: known?.mediaType ?? mediaType, bytes: content.length });
  },
});

/** A value that is a reference must lead to JSON that is there and can be recorded: its readers would get the reference otherwise. */
export async function artifactProblem(
  { runtime, sha256: hash }: Context,
  value: Json,
): Promise<Refused | null> {
  if (!isArtifactRef(value)) return null;
  const sha256 = value.$artifact;
  const found = await storedArtifact(runtime.store, sha256, hash);
  if (!found)
    return no(
      'artifact_unknown',
      `There is no artifact ${sha256}. Put it first (artifact.put), then name it.`,
    );
  if (found.content.length !== value.bytes)
    return no('artifact_unfit', `Artifact ${sha256} has ${found.content.length} bytes, not ${value.bytes}.`);
  const unfit = contentProblem(found.content, `Artifact ${sha256}`);
  return unfit === null ? null : no('artifact_unfit', `${unfit} ${TO_KEEP}`);
}

const TO_KEEP = 'Put the reference inside of an object, such as { "file": { "$artifact": … } }.';

/** What a run reads of an artifact goes into its record as that of a request does, and is read as strictly. */
function contentProblem(content: Uint8Array, what: string): string | null {
  const text = readUtf8(content, what);
  const read = text.ok ? readJson(text.value, what) : text;
  if (!read.ok) return read.rejection.message;
  const unfit = canonicalProblem(read.value);
  return unfit ? `${what} cannot be recorded: ${unfit.message}.` : null;
}
