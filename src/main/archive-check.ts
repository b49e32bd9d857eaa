import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { LedgerReport } from '../cli/index.ts';
import { exportVerifier, parseCheckpoint, toBase64, type Archived } from '../ledger/index.ts';
import type { StoredCheckpoint } from '../store/index.ts';
import { archivesIn } from './archive-folder.ts';
import { verifySignature } from './ed25519.ts';
import { sha256 } from './sha256.ts';

/** A file of a folder, verified by itself. */
export interface CheckedArchive {
  readonly name: string;
  readonly sha256: string;
  /** Of the tree at its end, and the root there (Base 64); 0 where the file has no checkpoint that counts. */
  readonly size: number;
  readonly root: string;
  readonly problems: LedgerReport['problems'];
  readonly problemCount: number;
}

export async function readArchives(
  folder: string,
  verifierKeys: readonly string[],
): Promise<CheckedArchive[]> {
  const checked: CheckedArchive[] = [];
  for (const path of archivesIn(folder)) {
    const verifier = exportVerifier({ sha256, verify: verifySignature, verifierKeys });
    const digest = createHash('sha256');
    for await (const piece of createReadStream(path)
      .on('data', (bytes) => digest.update(bytes))
      .setEncoding('utf8'))
      verifier.addText(piece as string);
    const { checkpoint, problems, problemCount } = verifier.finish();
    const { size = 0, root = '' } = checkpoint ?? {};
    checked.push({ name: basename(path), sha256: digest.digest('hex'), size, root, problems, problemCount });
  }
  return checked;
}

/**
 * The report on a database, with its archives. A file counts if the ledger names it by its SHA-256, and if the checkpoint at its end
 * is that of the database, whose tree has been computed up to there.
 */
export function withArchives(
  report: LedgerReport,
  files: readonly CheckedArchive[],
  archived: readonly Archived[],
  notes: readonly (StoredCheckpoint | null)[],
): LedgerReport {
  const byDigest = new Map(files.map((file, at) => [file.sha256, { file, note: notes[at] ?? null }]));
  for (const { file: name, sha256: digest } of archived) {
    const known = byDigest.get(digest);
    if (!known) {
      report = withProblems(report, only('archive_missing', missing(name, digest)));
      continue;
    }
    const { file, note } = known;
    const { problems, problemCount } = file;
    report = withProblems(report, { problems: problems.map((one) => within(file.name, one)), problemCount });
    if (!isAt(note, file)) report = withProblems(report, only('archive_differs', differs(file.name)));
  }
  return report;
}

type Found = Pick<LedgerReport, 'problems' | 'problemCount'>;

/** The report with what was found beside it. */
export function withProblems(report: LedgerReport, { problems, problemCount }: Found): LedgerReport {
  const count = report.problemCount + problemCount;
  return {
    ...report,
    verified: count === 0,
    problems: [...report.problems, ...problems],
    problemCount: count,
  };
}

const only = (code: string, message: string): Found => ({ problems: [{ code, message }], problemCount: 1 });

function isAt(note: StoredCheckpoint | null, { root }: CheckedArchive): boolean {
  const parsed = note && parseCheckpoint(note.note);
  return parsed?.ok === true && toBase64(parsed.value.root) === root;
}

const within = (
  file: string,
  { message, ...problem }: LedgerReport['problems'][number],
): LedgerReport['problems'][number] => ({ ...problem, message: `In ${file}: ${message}` });

const missing = (name: string, digest: string): string =>
  `The ledger says that entries were archived to ${name} (SHA-256 ${digest}), and the folder has no such file, or another of its name. ` +
  'Get it from where archives are kept, or from a backup.';

const differs = (name: string): string =>
  `${name} ends with a checkpoint that this ledger does not have: it is of another ledger, or of another state of this one.`;
