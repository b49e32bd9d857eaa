import type { Attribution, Rejection } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { Again } from './committer.ts';

type Refused = { readonly ok: false; readonly rejection: Rejection };

/**
 * What a request was let in on, for as long as it is being carried out.
 *
 * ADMIT-1  Whatever a request leads to is committed on an edition (EDITION-2) in which the request is let in: where there is a later one
 *          than it was looked at in, it is looked at again.
 */
export class Admission {
  readonly #look: () => Promise<Refused | null>;
  #edition: number;
  #refused: Refused | null = null;

  /** `look`: why it is not let in as things are; null where it is. */
  constructor(edition: number, look: () => Promise<Refused | null>) {
    this.#edition = edition;
    this.#look = look;
  }

  /** What is to be waited for, to know whether it is let in now; null where that is known. */
  against(edition: number): Promise<void> | null {
    if (this.#edition >= edition) return null;
    return this.#look().then((refused) => {
      this.#edition = edition;
      this.#refused = refused;
    });
  }

  get refused(): Refused | null {
    return this.#refused;
  }
}

/** A participant whose request has been let in. Only operations make one; nobody keeps it. */
export interface Admitted extends Passport {
  readonly admission: Admission;
}

const admissions = new WeakMap<Attribution, Admission>();

/** Acts that are attributed to whoever has been let in are held to that. */
export const attributed = (attribution: Attribution, passport: Passport): Attribution => {
  const { admission } = passport as Partial<Admitted>;
  if (admission) admissions.set(attribution, admission);
  return attribution;
};

/** Why nothing may be done on this attribution in this edition; null where it may. @throws Again while that is looked at */
export function turnedAway(by: Attribution, edition: number): Refused | null {
  const admission = admissions.get(by);
  const checking = admission?.against(edition);
  if (checking) throw new Again(checking);
  return admission?.refused ?? null;
}
