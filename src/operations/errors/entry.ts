/** What kind of refusal it is; shells map it to an HTTP status, a JSON-RPC code, an exit code. */
export type ErrorKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'unknown'
  | 'gone'
  | 'wrong_method'
  | 'conflict'
  | 'too_large'
  | 'wrong_media_type'
  | 'wrong_host'
  | 'unprocessable'
  | 'at_capacity'
  | 'fault'
  | 'unavailable';

export interface ErrorEntry {
  readonly kind: ErrorKind;
  /** The same for every occurrence. */
  readonly title: string;
  /** What to do about it. */
  readonly remediation: string;
}

export const entry = (kind: ErrorKind, title: string, remediation: string): ErrorEntry => ({
  kind,
  title,
  remediation,
});
