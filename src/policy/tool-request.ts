import type { Json } from '../definition/json.ts';
import type { Hashing } from './hashing.ts';

/** A request to call a tool, as the gate sees it. What becomes of it is the engine's (TOOL-1 to 5). */
export interface ToolRequest {
  readonly id: string;
  readonly status: ToolRequestStatus;
  /** Of tool and arguments, as `digestOfCall` makes it. */
  readonly digest: string;
  readonly tool: string;
  /** Passport of who calls. */
  readonly agent: string;
  readonly task: string;
  /** What the approval covers, as in the obligations: `refunds@3`. Empty until it is granted. */
  readonly restsOn: readonly string[];
  /** ms since 1970: until when it can be decided while it waits, until when it can be begun once granted. */
  readonly expiresAt: number;
  /** The call that it was made for. */
  readonly call: string;
  /** The standing grant that stood in for an approval, or null. */
  readonly standing: string | null;
}
export type ToolRequestStatus =
  | 'waiting'
  | 'granted'
  | 'calling'
  | 'used'
  | 'rejected'
  | 'withdrawn'
  | 'revoked'
  | 'expired';

/** Names exactly this call of exactly this tool. */
export const digestOfCall = (tool: string, args: Json, { canonical, sha256 }: Hashing): string =>
  sha256(canonical({ kind: 'tool.call', tool, arguments: args }));
