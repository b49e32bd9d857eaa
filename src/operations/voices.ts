import { hasSpoken, type Attribution, type Task } from '../engine/index.ts';
import { narrowTools, type Directory, type FullPassport, type Passport } from '../routing/index.ts';
import { byVoice, chainOf, inPlaceOf, type Asks, type Chain } from '../runtime/index.ts';
import type { Context } from './context.ts';

type Organised = Pick<Context, 'runtime'>;

/**
 * For whom somebody speaks.
 *
 * VOICE-1  Under a delegation one speaks for whoever it all rests on: their roles, groups, posts and id count, and none of one's own.
 * VOICE-2  Who is not named themselves speaks for somebody who is and is away: one who may decide, and has not been heard yet.
 * VOICE-3  It is as things are when that is decided, and not when the request came.
 */
export const speakerOf = ({ runtime }: Organised, caller: Passport): FullPassport | null =>
  runtime.organisation.directory.passport((chainOf(caller)?.grantor ?? caller).id);

/** By id. */
export const forWhom = (context: Organised, caller: Passport): string =>
  speakerOf(context, caller)?.id ?? caller.id;

/** VOICE-1. Whether the parties name whoever the caller speaks for. */
export function isParty(context: Organised, parties: readonly string[], caller: Passport): boolean {
  const speaker = speakerOf(context, caller);
  return speaker !== null && isNamed(context.runtime.organisation.directory, speaker, parties);
}

const isNamed = (directory: Directory, passport: FullPassport, parties: readonly string[]): boolean =>
  parties.some((party) => directory.isNamed(passport, party));

/** VOICE-3. The caller as they are now, who may still act: with the roles and tools of today, and their grantor's. */
export function presently(context: Organised, caller: Passport): Passport {
  const speaker = speakerOf(context, caller);
  const actor = context.runtime.organisation.directory.passport(caller.id);
  if (!speaker || !actor) return caller;
  const { roles, groups, posts } = speaker;
  const under: Chain | null = chainOf(caller);
  return {
    ...caller,
    roles,
    groups,
    posts,
    tools: narrowTools(actor.tools, speaker.tools),
    ...(under && { under: { ...under, grantor: speaker } }),
  };
}

/** Somebody in whose voice it is decided. */
export interface Voice {
  readonly of: FullPassport;
  /** Whether they are away, and somebody decides in their place. */
  readonly isAbsent: boolean;
  /** Whether nothing keeps them from it; where it is kept from all who are absent, one of them stands for them. */
  readonly isFree: boolean;
}

/** Whoever is away is noted with it: under a delegation it is not they on whose behalf it is. */
export const inNameOf = ({ isAbsent, of }: Voice): { readonly inNameOf?: string } =>
  isAbsent ? { inNameOf: of.id } : {};

/** On what somebody decides in that voice. Who is asked only in place of another decides in the name of that other. */
export function decidingAs(caller: Passport, voice: Voice | null, asks: Asks): Attribution {
  const by = byVoice(caller, voice?.of ?? caller, asks);
  return voice?.isAbsent && !chainOf(caller) ? inPlaceOf(voice.of.id, by, caller) : by;
}

/** VOICE-2. `keeps`: whether somebody absent may not decide, or has been heard. Null where nobody of them is named. */
export function voiceOf(
  directory: Directory,
  speaker: FullPassport,
  parties: readonly string[],
  keeps: (absent: FullPassport) => boolean,
): Voice | null {
  if (isNamed(directory, speaker, parties)) return { of: speaker, isAbsent: false, isFree: true };
  const absent = directory
    .represented(speaker.id)
    .map(({ passport }) => passport)
    .filter((one) => one.kind === speaker.kind && isNamed(directory, one, parties));
  const free = absent.find((one) => !keeps(one));
  const of = free ?? absent[0];
  return of ? { of, isAbsent: true, isFree: free !== undefined } : null;
}

export type Judged = Pick<Task, 'from' | 'approval' | 'excluded' | 'separate'>;

/** Whether somebody took part in the work, or answers now for an agent that did. */
export function involvement(
  directory: Directory,
  contributors: Readonly<Record<string, true>>,
): (id: string) => boolean {
  let all: ReadonlySet<string> | undefined;
  return (id) => {
    all ??= new Set(Object.keys(contributors).flatMap((one) => [one, directory.accountable(one)]));
    return all.has(id);
  };
}

/** In whose voice somebody decides on an approval. */
export function voiceOn(
  directory: Directory,
  speaker: FullPassport,
  { from, approval, excluded, separate }: Judged,
  isInvolved: (id: string) => boolean,
): Voice | null {
  return voiceOf(
    directory,
    speaker,
    from,
    ({ id }) =>
      isInvolved(id) ||
      excluded.includes(id) ||
      separate.some((one) => one === id || directory.accountable(one) === id) ||
      (approval !== null && hasSpoken(approval, id)),
  );
}
