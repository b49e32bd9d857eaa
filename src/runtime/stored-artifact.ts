import { toHex, type Sha256 } from '../ledger/index.ts';
import { damaged, type Artifact, type Store } from '../store/index.ts';

/** An artifact as it was put; null where there is none. @throws StoreFault `database_damaged` where its content is another by now */
export async function storedArtifact(store: Store, digest: string, sha256: Sha256): Promise<Artifact | null> {
  const found = await store.artifact(digest);
  if (found && toHex(sha256(found.content)) !== digest)
    throw damaged(
      `The content of artifact ${digest} does not give its SHA-256: it was changed after it was put.`,
    );
  return found;
}
