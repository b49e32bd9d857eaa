import { z } from 'zod';
import * as value from './values.ts';

const hashes = z.array(value.sha256);
const size = z.int().min(1).optional().describe('Of the tree; as large as it is now, if left out.');

export const ledger = {
  'ledger.entries': {
    summary: 'Gives the entries of the ledger as they were recorded: the text that is under each hash.',
    permission: 'ledger.read',
    input: z.strictObject({
      after: z.int().min(0).default(0).describe('Entries that are known already, from the first on.'),
      limit: value.limit.default(100),
    }),
    output: z.object({
      entries: z.array(z.object({ index: value.count, text: z.string(), hash: value.sha256 })),
      next: value.count,
    }),
  },
  'ledger.checkpoint': {
    summary:
      'Gives a signed head of the tree over all entries. Who keeps it can prove later what the ledger held.',
    permission: 'ledger.read',
    input: z.strictObject({}),
    output: z.object({
      size: value.count,
      note: z.string().describe('C2SP tlog-checkpoint.'),
      origin: z.string(),
      verifierKey: z.string().describe('`name+id+key`.'),
    }),
  },
  'ledger.inclusion': {
    summary: 'Proves that an entry is in the tree (RFC 9162).',
    permission: 'ledger.read',
    input: z.strictObject({ index: value.count, size }),
    output: z.object({ index: value.count, size: value.count, entry: value.sha256, proof: hashes }),
  },
  'ledger.consistency': {
    summary: 'Proves that the tree begins with the one it was (RFC 9162).',
    permission: 'ledger.read',
    input: z.strictObject({ from: z.int().min(1), size }),
    output: z.object({ from: value.count, size: value.count, proof: hashes }),
  },
  'ledger.export': {
    summary: 'Streams the whole ledger as lines that can be verified offline.',
    permission: 'ledger.read',
    input: z.strictObject({}),
    output: z.string(),
  },
} as const;

export const artifact = {
  'artifact.get': {
    summary: 'Gives content by its SHA-256.',
    permission: 'artifacts.read',
    input: z.strictObject({ sha256: value.sha256 }),
    output: z.object({
      sha256: value.sha256,
      mediaType: z.string(),
      bytes: value.count,
      content: z.base64(),
    }),
  },
  'artifact.put': {
    summary: 'Keeps content by its SHA-256, which is verified.',
    permission: 'artifacts.write',
    input: z.strictObject({
      sha256: value.sha256,
      mediaType: z
        .string()
        .max(200)
        .regex(
          /^[\w.+-]+\/[\w.+-]+(?:\s*;\s*[\w.+-]+=[\w.+"-]+)*$/,
          'A media type is like `application/json`.',
        )
        .default('application/octet-stream'),
      content: z.base64().describe('Base64; over HTTP the body itself.'),
    }),
    output: z.object({ sha256: value.sha256, mediaType: z.string(), bytes: value.count }),
  },
} as const;
