import { no, readJson, readUtf8, type Outcome } from '../operations/index.ts';

/**
 * The bytes of a request, up to the limit.
 *
 * BODY-1  No more than the limit and one chunk is ever held, whatever the request says about its length.
 */
export async function readBytes(request: Request, limit: number): Promise<Outcome<Uint8Array>> {
  const coding = request.headers.get('content-encoding') ?? '';
  if (!PLAIN.test(coding)) return packed(coding);
  const length = request.headers.get('content-length');
  if (length !== null) return Number(length) > limit ? tooLarge(limit) : readWhole(request, limit);
  if (!request.body) return { ok: true, value: new Uint8Array(0) };
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => CUT);
    if (done === null) return cutOff();
    if (done)
      return {
        ok: true,
        value: chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size),
      };
    size += value.length;
    if (size > limit) {
      void reader.cancel().catch(() => {});
      return tooLarge(limit);
    }
    chunks.push(value);
  }
}

/** A connection holds a request to the length it has said, so this is no more than that; and it is the fast way. */
async function readWhole(request: Request, limit: number): Promise<Outcome<Uint8Array>> {
  const content = await request.arrayBuffer().catch(() => null);
  if (content === null) return cutOff();
  return content.byteLength > limit ? tooLarge(limit) : { ok: true, value: new Uint8Array(content) };
}

const PLAIN = /^\s*(?:identity\s*)?$/i;

const packed = (coding: string) =>
  no(
    'media_type_unsupported',
    `The body is encoded with ${coding}; this server takes it as it is, unpacked.`,
  );

const cutOff = () => no('body_malformed', 'The body ends before its end: the connection was lost.');

const CUT = { done: null, value: undefined };

const tooLarge = (limit: number) =>
  no('body_too_large', `The body is larger than ${limit} bytes, which is the most this server takes.`, {
    limit,
  });

export type BodyKind = 'json' | 'definition' | 'bytes';
type Members = Readonly<Record<string, unknown>>;

const UTF8 = /^utf-?8$/;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const YAML_TYPE = /^(?:application|text)\/(?:x-)?yaml$/;

/** The members that a body gives to the input. */
export function readMembers(bytes: Uint8Array, contentType: string | null, kind: BodyKind): Outcome<Members> {
  if (kind === 'bytes') {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    return { ok: true, value: { content, ...(contentType !== null && { mediaType: contentType }) } };
  }
  if (bytes.length === 0) return { ok: true, value: {} };
  const isYaml = kind === 'definition' && isText(contentType, YAML_TYPE);
  if (!isYaml && !isJson(contentType)) return unsupported(contentType, kind);
  const text = readUtf8(bytes);
  if (!text.ok) return text;
  if (isYaml) return { ok: true, value: { source: text.value } };
  const value = readJson(text.value);
  if (!value.ok) return value;
  if (typeof value.value !== 'object' || value.value === null || Array.isArray(value.value))
    return no('request_invalid', 'The body is a JSON object, with the members of the input.');
  return { ok: true, value: value.value as Members };
}

/** JSON in UTF-8. */
export const isJson = (contentType: string | null): boolean => isText(contentType, JSON_TYPE);

/** Of such a type, in UTF-8. */
function isText(contentType: string | null, types: RegExp): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset="?([^"]*)"?\s*$/.exec(parameter)?.[1])
    .find(Boolean);
  return types.test(type.trim()) && (charset === undefined || UTF8.test(charset));
}

const unsupported = (contentType: string | null, kind: BodyKind) =>
  no(
    'media_type_unsupported',
    `The body is ${contentType ?? 'of no named type'}; this operation takes application/json${kind === 'definition' ? ' or application/yaml' : ''} in UTF-8.`,
  );
