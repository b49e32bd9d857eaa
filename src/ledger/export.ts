/**
 * The exported ledger: a file of lines (each ended by a newline) that can be verified offline.
 *
 *     {"format":"humanos-ledger","origin":…,"verifierKey":…,"version":1}
 *     {"entry":<canonical text of the entry>,"hash":"<64 hexadecimal digits>","index":0}
 *     …
 *     {"hash":"<64 hexadecimal digits>","index":2,"leaves":2}
 *     …
 *     {"checkpoint":<signed note over exactly these entries>}
 *
 * A line without an entry is the root over the hashes of entries that stand elsewhere. An archive, whose first line also has
 * `"part":"archive"`, is a file of some runs: all else in the log is such lines.
 *
 * Every line is canonical JSON. The text of an entry is taken from its line as it stands there, so that nothing in
 * the file can read one way here and another way elsewhere.
 *
 * Invariants:
 * - EXP-1 No file causes an exception; each malformed line is a problem with its number.
 * - EXP-2 The key in the file counts only if the verifier was given none: who can rewrite a file can also put
 *   another key into it.
 * - EXP-3 The first line is not signed: whoever takes entries out can call what is left a part. So nothing that is said of a part is
 *   said of the whole log, and how much is not in it is counted.
 */

import { fromHex, toHex } from './bytes.ts';
import { canonical, isCanonical } from './canonical.ts';
import { problemList } from './problem.ts';
import type { LedgerCode, LedgerProblem, Report } from './problem.ts';
import type { Pruned } from './pruned.ts';
import { ledgerVerifier } from './verify.ts';
import type { LedgerVerifier, LogRecord, Verification, VerifyOptions } from './verify.ts';

const EXPORT_FORMAT = 'humanos-ledger';
const EXPORT_VERSION = 1;

export interface ExportHeader {
  /** It is a part of the log. */
  readonly part?: 'archive' | undefined;
  readonly origin: string;
  /** `name+id+key` of the ledger. */
  readonly verifierKey: string;
}

/** The first line. */
export const exportHeader = ({ origin, part, verifierKey }: ExportHeader): string =>
  canonical({ format: EXPORT_FORMAT, origin, ...(part && { part }), verifierKey, version: EXPORT_VERSION }) +
  '\n';

/** The line of an entry; entries come in the order of the log, from index 0. */
export const exportEntry = ({ index, text, hash }: LogRecord): string =>
  `{"entry":${text},"hash":"${toHex(hash)}","index":${index}}\n`;

/** The line of entries that stand elsewhere. */
export const exportPruned = ({ index, leaves, hash }: Pruned): string =>
  `{"hash":"${toHex(hash)}","index":${index},"leaves":${leaves}}\n`;

/** The last line; the note must be over exactly the entries that came before. */
export const exportCheckpoint = (note: string): string => canonical({ checkpoint: note }) + '\n';

export type ExportCode = LedgerCode | 'export_malformed' | 'export_version_unknown' | 'export_incomplete';
export type ExportProblem = LedgerProblem<ExportCode>;

export interface ExportVerifier {
  /** The next piece of the file, cut anywhere between two characters. */
  addText(piece: string): void;
  finish(): Verification<ExportCode>;
}

/** Verifies an exported file piece by piece; the options are those of `ledgerVerifier`. */
export function exportVerifier(options: VerifyOptions): ExportVerifier {
  const { listed = 100 } = options;
  const malformed = problemList<ExportCode>(listed);
  const reader = lineReader(options, malformed.report);
  const lines = lineSplitter(reader.addLine);
  return {
    addText: lines.addText,
    finish: () => {
      lines.finish();
      const found = reader.finish();
      const { problems, problemCount } = malformed.found();
      const total = problemCount + found.problemCount;
      const all = [...problems, ...found.problems].slice(0, listed);
      return { ...found, verified: total === 0, problems: all, problemCount: total };
    },
  };
}

/** No entry is nearly as long, since large content becomes an artifact and the input of a run has a limit; a longer line is none. */
const LONGEST_LINE = 256 * 1024 * 1024;
/** Stands for such a line; no line of the format looks like it. */
const TOO_LONG = '\0';

/** Cuts at newlines only: other line separators may stand inside the text of an entry. */
function lineSplitter(addLine: (line: string) => void) {
  let held: string[] = [];
  let length = 0;
  const take = (piece: string): void => {
    length += piece.length;
    if (length <= LONGEST_LINE) held.push(piece);
  };
  const cut = (): void => {
    addLine(length <= LONGEST_LINE ? held.join('').replace(/\r$/, '') : TOO_LONG);
    held = [];
    length = 0;
  };
  return {
    addText: (text: string): void => {
      const [first = '', ...rest] = text.split('\n');
      take(first);
      for (const piece of rest) {
        cut();
        take(piece);
      }
    },
    finish: (): void => {
      if (length > 0) cut();
    },
  };
}

type Place = 'header' | 'entries' | 'end' | 'unreadable';

function lineReader(options: VerifyOptions, report: Report<ExportCode>) {
  let verifier: LedgerVerifier = ledgerVerifier({ ...options, checkpoints: [] });
  let place: Place = 'header';
  let checkpoint: string | undefined;
  let number = 0;
  const refuse = (code: ExportCode, message: string): void => report({ code, message, line: number });
  const addHeader = (line: string): Place => {
    const header = readHeader(line);
    if ('code' in header) {
      refuse(header.code, header.message);
      return 'unreadable';
    }
    const { verifierKeys = [header.verifierKey], origin = header.origin } = options;
    verifier = ledgerVerifier({ ...options, verifierKeys, origin, isPart: header.part === 'archive' });
    return 'entries';
  };
  const addEntry = (line: string): Place => {
    checkpoint = readCheckpointLine(line);
    if (checkpoint !== undefined) return 'end';
    const record = readEntryLine(line);
    const pruned = record === undefined ? readPrunedLine(line) : undefined;
    if (record !== undefined) verifier.add(record);
    else if (pruned !== undefined) verifier.addPruned(pruned);
    else refuse('export_malformed', `Line ${number} is not an entry as it was exported. ${AGAIN}`);
    return 'entries';
  };
  return {
    addLine: (line: string): void => {
      number += 1;
      if (place === 'header') place = addHeader(line);
      else if (place === 'entries') place = addEntry(line);
      else if (place === 'end' && line !== '') {
        refuse(
          'export_malformed',
          `Line ${number} comes after the checkpoint, where the file ends. ${AGAIN}`,
        );
      }
    },
    finish: (): Verification => {
      if (place === 'header') refuse('export_incomplete', `The file is empty. ${AGAIN}`);
      if (place === 'entries')
        refuse('export_incomplete', `The file is cut off: its checkpoint is missing. ${AGAIN}`);
      return verifier.finish({ checkpoint });
    },
  };
}

const AGAIN = 'Take the file again from where it came from, or export again.';

function readHeader(line: string): ExportHeader | { readonly code: ExportCode; readonly message: string } {
  const header = parseObject(line);
  if (header?.['format'] !== EXPORT_FORMAT) {
    return {
      code: 'export_malformed',
      message: `This is not an exported ledger: its first line does not say so.`,
    };
  }
  const { version, origin, verifierKey, part } = header;
  if (version !== EXPORT_VERSION) {
    const has = typeof version === 'number' ? `version ${version}` : 'no version';
    const message = `The file has ${has} of the format; this release reads ${EXPORT_VERSION}. Use the release it is from.`;
    return { code: 'export_version_unknown', message };
  }
  if (typeof origin !== 'string' || typeof verifierKey !== 'string') {
    return {
      code: 'export_malformed',
      message: `The first line does not name origin and verifier key. ${AGAIN}`,
    };
  }
  if (!isCanonical(line, header))
    return { code: 'export_malformed', message: `The first line is not as it was exported. ${AGAIN}` };
  return part === 'archive' ? { origin, verifierKey, part } : { origin, verifierKey };
}

const ENTRY_LINE = /^\{"entry":(\{.*\}),"hash":"([0-9a-f]{64})","index":(0|[1-9][0-9]{0,14})\}$/s;

function readEntryLine(line: string): LogRecord | undefined {
  const [, text, hashText, index] = ENTRY_LINE.exec(line) ?? [];
  const hash = fromHex(hashText ?? '');
  return text === undefined || hash === undefined ? undefined : { index: Number(index), text, hash };
}

const PRUNED_LINE = /^\{"hash":"([0-9a-f]{64})","index":(0|[1-9][0-9]{0,14}),"leaves":([1-9][0-9]{0,14})\}$/;

function readPrunedLine(line: string): Pruned | undefined {
  const [, hashText, index, leaves] = PRUNED_LINE.exec(line) ?? [];
  const hash = fromHex(hashText ?? '');
  return hashText === undefined || hash === undefined
    ? undefined
    : { index: Number(index), leaves: Number(leaves), hash };
}

function readCheckpointLine(line: string): string | undefined {
  const checkpoint = line.startsWith('{"checkpoint":') ? parseObject(line)?.['checkpoint'] : undefined;
  return typeof checkpoint === 'string' && isCanonical(line, { checkpoint }) ? checkpoint : undefined;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
