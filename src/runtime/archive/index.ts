/** Runs that have ended, in files that verify by themselves. */
export {
  Archiver,
  type ArchivedRun,
  type ArchiveFile,
  type ArchiveFolder,
  type ArchivePoint,
  type ArchiveResult,
} from './archiver.ts';
export { leafReader } from './leaves.ts';
export { prunedLines } from './lines.ts';
