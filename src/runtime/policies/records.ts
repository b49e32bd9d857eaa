import { damaged } from '../../store/index.ts';
import type { Json, JsonObject } from '../../definition/index.ts';
import type {
  ChangeStatus,
  EmergencyStop,
  GovernedChange,
  Person,
  PolicySet,
  Profile,
  StandingGrantState,
} from '../../policy/index.ts';

/** A change of what binds everybody, as it is kept: proposed, decided, and in force or not. */
export interface PolicyChange {
  readonly id: string;
  readonly what: Extract<GovernedChange, 'save_policy' | 'retire_policy' | 'save_profile' | 'standing_grant'>;
  /** Id of the policy or the standing grant; `profile`. */
  readonly name: string;
  /** Of the policy or the profile; counts from 1. */
  readonly version: number;
  /** Null where something ends. */
  readonly document: JsonObject | null;
  /** Of the document alone. */
  readonly documentDigest: string;
  /** Of all that would hold: what an approval names. */
  readonly digest: string;
  readonly status: ChangeStatus;
  readonly authors: readonly Person[];
  readonly reason: string | null;
  /** Of a standing grant: the policies whose approvals it stands in for, as `refunds@3`. */
  readonly covers: readonly string[];
  readonly proposedAt: number;
  readonly applyTo: 'new' | 'running';
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly decision: string | null;
  /** Nobody else was there to decide. */
  readonly alone: boolean;
}

/** Policies and profile that hold together from a moment on. `number` counts them, and runs keep theirs by it. */
export interface PolicySetRecord {
  readonly number: number;
  readonly digest: string;
  readonly members: readonly { readonly id: string; readonly version: number }[];
  /** Version of the profile; 0 is the usual one. */
  readonly profile: number;
  /** It holds for runs that began before it as well. */
  readonly forAll: boolean;
  readonly at: number;
}
export const setId = (number: number): string => String(number).padStart(9, '0');

/** What holds for a run: its policies, and the profile. Null where they cannot be read, and nothing may begin. */
export interface InForce {
  readonly number: number;
  readonly set: PolicySet;
  readonly profile: Profile;
}

export interface GrantRecord {
  readonly id: string;
  readonly document: JsonObject;
  readonly restsOn: readonly string[];
  readonly grantedAt: number;
  readonly grantedBy: string;
  readonly proposedBy: string;
  readonly state: StandingGrantState;
}

/** `lift`: who asked for work to go on, where somebody else has to agree. */
export interface StopRecord {
  readonly state: 'on' | 'off';
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  readonly lift: { readonly by: Person; readonly reason: string; readonly at: number } | null;
}
export const STOP = 'organisation';

/** What is stored where nobody can read it counts as a stop. */
export const stopOf = (stored: StopRecord | null): EmergencyStop => {
  if (stored === null) return { state: 'off' };
  const { state, by, reason, at } = stored as Partial<StopRecord>;
  if (state === 'off') return { state };
  return state === 'on' && typeof by === 'string' && typeof reason === 'string' && typeof at === 'number'
    ? { state, by, reason, at }
    : { state: 'unknown' };
};

type Hash = (value: Json) => string;

/** A version, where it is as it was proposed and approved: what does not give its digests any more was changed in the database. */
export function versionIn(
  changes: Iterable<PolicyChange>,
  { what, name, version }: Pick<PolicyChange, 'what' | 'name' | 'version'>,
  hash: Hash,
  onAltered: (change: PolicyChange) => void,
): PolicyChange | null {
  for (const change of changes)
    if (change.what === what && change.name === name && change.version === version) {
      if (isAsProposed(change, hash)) return change;
      onAltered(change);
      return null;
    }
  return null;
}

/** Says of each version once that it was changed in the database: it is looked at again with all that asks for it. */
export function tellingOnce(onFault: (fault: unknown) => void): (change: PolicyChange) => void {
  const told = new Set<string>();
  return ({ id, what, name, version }) => {
    if (told.has(id)) return;
    told.add(id);
    const which = what === 'save_profile' ? `Version ${version} of the profile` : `Policy ${name}@${version}`;
    onFault(
      damaged(`${which} does not give its digest: it was changed in the database after it was approved.`),
    );
  };
}

const isAsProposed = (change: PolicyChange, hash: Hash): boolean =>
  digestOf(change, hash) === change.digest && hash(change.document) === change.documentDigest;

export const digestOf = (
  change: Pick<PolicyChange, 'what' | 'name' | 'version' | 'document' | 'covers'>,
  hash: Hash,
): string => {
  const { what, name, version, document, covers } = change;
  return hash({ what, name, version, document, covers: [...covers] });
};
