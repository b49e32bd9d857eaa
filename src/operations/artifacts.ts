import { isArtifactRef, type Json } from '../definition/index.ts';
import { toHex } from '../ledger/index.ts';
import { jsonIn, storedArtifact } from '../runtime/index.ts';
import { plainWrite, type Context, type Read } from './context.ts';
import { done, no, type Refused } from './outcome.ts';

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

/** A value that is a reference must lead to JSON that is there: its readers would get the reference otherwise. */
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
  return jsonIn(found.content) !== undefined
    ? null
    : no(
        'artifact_unfit',
        `Artifact ${sha256} is not JSON. Put the reference inside of an object, such as { "file": { "$artifact": … } }.`,
      );
}
