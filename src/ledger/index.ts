export { canonical, canonicalProblem } from './canonical.ts';
export type { CanonicalCode, Json, JsonObject } from './canonical.ts';
export { fromBase64, fromHex, toBase64, toHex } from './bytes.ts';
export type { Outcome } from './outcome.ts';
export { NO_PREVIOUS, readEntry, seal } from './entry.ts';
export type {
  Authority,
  AuthorityKind,
  EntryCode,
  Layer,
  LedgerEntry,
  SealedEntry,
  Sha256,
} from './entry.ts';
export type { ChainCode, ChainProblem, ChainVerifier, StoredEntry } from './chain.ts';
export { HASH_BYTES, leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';
export type { ConsistencyClaim, Frontier, InclusionClaim } from './merkle.ts';
export { ARCHIVED, readArchived, spansOf, subtreesOf } from './pruned.ts';
export type { Archived, Pruned } from './pruned.ts';
export {
  appendLeaves,
  consistencyProof,
  inclusionProof,
  rootAt,
  subtreeAt,
  TILE_HASHES,
  tilesAnew,
} from './tiles.ts';
export type { Appended, Tile, TileReader } from './tiles.ts';
export { tileProblem } from './tile-problem.ts';
export { verifierKey } from './note.ts';
export type { Sign, Signer, VerifySignature } from './note.ts';
export { parseCheckpoint, signCheckpoint } from './checkpoint.ts';
export type {
  Checkpoint,
  CheckpointCode,
  CheckpointRefusal,
  ParsedCheckpoint,
  TreeHead,
  VerifiedCheckpoint,
} from './checkpoint.ts';
export { ledgerVerifier } from './verify.ts';
export type { CoveringCheckpoint } from './anchors.ts';
export { problemList } from './problem.ts';
export type { Found, LedgerCode, LedgerProblem } from './problem.ts';
export type { LedgerVerifier, LogEnd, LogRecord, Verification, VerifyOptions } from './verify.ts';
export { exportCheckpoint, exportEntry, exportHeader, exportPruned, exportVerifier } from './export.ts';
export type { ExportCode, ExportHeader, ExportProblem, ExportVerifier } from './export.ts';
