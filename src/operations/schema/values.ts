import { z } from 'zod';
import type { Json, JsonObject } from '../../definition/index.ts';

/** Any JSON value. Its depth and numbers are looked at where text is read, not here. */
export const json = z.union([
  z.null(),
  z.boolean(),
  z.number(),
  z.string(),
  z.array(z.unknown()),
  z.record(z.string(), z.unknown()),
]) as unknown as z.ZodType<Json, Json>;
export const jsonObject = z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject, JsonObject>;

/** Milliseconds since the epoch. */
export const time = z.int().describe('Milliseconds since the epoch.');
export const count = z.int().min(0);
export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'A SHA-256 is 64 hexadecimal digits in lower case.')
  .describe('SHA-256, 64 hexadecimal digits in lower case.');

export const text = (most: number) => z.string().min(1).max(most);
export const name = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9_.:/-]{0,127}$/,
    'A name has letters, digits and `_ . : / -`; 128 characters at most.',
  );
export const names = z.array(name).max(200);
/** Ids are made by the server or chosen within narrow bounds; what is none of them is simply not found. */
export const id = text(2000);
/** The kinds of exception for which somebody interferes with work. */
export const cause = z
  .enum(['failure', 'deadline', 'unavailable', 'external', 'constraint'])
  .describe('What kind of exception it is about; it goes into the record.');
export const recovery = z
  .union([z.enum(['none', 'compensate']), z.strictObject({ rollback: z.string().min(1).max(64) })])
  .describe(
    'What becomes of what was done: it stays; it is undone where its step says how; or that is so as far back as a phase.',
  );
export const reason = text(20_000).describe('Why, in plain words; it goes into the record.');
export const label = text(200);

export const definitionId = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/,
    'An id of a definition has letters, digits, `_` and `-`; 64 characters at most.',
  );
export const currency = z.string().regex(/^[A-Z]{3}$/, 'A currency has three letters (ISO 4217).');
const scalar = z.union([z.string().max(2000), z.number(), z.boolean()]);
/** Bounds on the facts of what is done. All of them have to be met. */
export const constraints = z
  .array(
    z
      .strictObject({
        fact: text(200).describe('Name of a fact; `a.b` is `b` inside of `a`.'),
        oneOf: z.array(scalar).max(200).optional(),
        noneOf: z.array(scalar).max(200).optional(),
        atLeast: z.number().optional(),
        atMost: z.number().optional(),
      })
      .refine((bound) => Object.keys(bound).length > 1, 'A bound says oneOf, noneOf, atLeast or atMost.'),
  )
  .max(50);
export const passportId = z
  .string()
  .regex(
    /^passport_[a-zA-Z0-9_-]{1,100}$/,
    'An id of a participant is `passport_` and letters, digits, `_` or `-`.',
  );

/** `parties.ts` of the definition says what these stand for. */
export const party = z
  .string()
  .regex(
    /^(?:(?:role|group|post|system|manager_of):[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}|[a-zA-Z][a-zA-Z0-9_-]{0,127})$/,
    'Name whom: `role:NAME`, `group:NAME`, `post:NAME`, `manager_of:PASSPORT` or the id of a passport.',
  );

export const leaseSeconds = z
  .int()
  .min(5)
  .max(3600)
  .describe('How long the task stays held without a heartbeat. People hold theirs until they give it back.');
export const token = z
  .int()
  .min(1)
  .describe(
    'The fencing token that came with the task. Agents and systems must give it; people may leave it out.',
  );
export const usage = z.strictObject({
  tokens: count.default(0),
  cost: z.number().min(0).max(1e12).default(0).describe("In the currency of the run's limits."),
});

export const limit = z.int().min(1).max(1000).default(50).describe('Rows of a page, at most.');
export const cursor = text(2000).describe('`next` of the page before.');
export const page = { limit, cursor: cursor.optional() };
export const pageOf = <Row extends z.ZodType>(row: Row) =>
  z.object({
    rows: z.array(row),
    next: z
      .string()
      .nullable()
      .describe(
        'The cursor of the next page, also of one after a page that is not full; null after the last.',
      ),
  });
