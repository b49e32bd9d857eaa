import {
  Channels,
  isSender,
  NOTHING_ALLOWED,
  parseAllowed,
  smtpOffice,
  type Allowed,
  type Ask,
  type PostOffice,
} from '../channels/index.ts';
import { Trouble, type Environment } from '../cli/index.ts';
import { givesOut, isTaskFinal, type TaskStatus } from '../engine/index.ts';
import { dueOf, newId, type Operations } from '../operations/index.ts';
import { ORGANISATION, type Clock, type Runtime } from '../runtime/index.ts';
import { isBaseUrl } from './base-url.ts';
import { sha256 } from './sha256.ts';

/** How the world outside is told. */
export interface ChannelOptions {
  /** Addresses that webhooks may have though they are not public. */
  readonly allowed?: Allowed;
  readonly mail?: { readonly office: PostOffice; readonly publicUrl: string };
}

/**
 * What `HUMANOS_WEBHOOK_ALLOW`, `HUMANOS_SMTP_URL`, `HUMANOS_MAIL_FROM` and `HUMANOS_PUBLIC_URL` say.
 * @throws Trouble when mail is named by half, or something cannot be read
 */
export function channelOptions(env: Environment): ChannelOptions {
  const { HUMANOS_WEBHOOK_ALLOW: allow = '' } = env;
  const mail = mailOf(env);
  const allowed = allow === '' ? null : reading('HUMANOS_WEBHOOK_ALLOW', () => parseAllowed(allow));
  return { ...(allowed && { allowed }), ...(mail && { mail }) };
}

function mailOf(env: Environment): ChannelOptions['mail'] | null {
  const {
    HUMANOS_SMTP_URL: url = '',
    HUMANOS_MAIL_FROM: from = '',
    HUMANOS_PUBLIC_URL: publicUrl = '',
  } = env;
  if (url === '' && from === '') return null;
  for (const [name, value] of Object.entries({
    HUMANOS_SMTP_URL: url,
    HUMANOS_MAIL_FROM: from,
    HUMANOS_PUBLIC_URL: publicUrl,
  }))
    if (value === '') throw trouble(`Mail is set up by half: ${name} is not set.`);
  if (!isSender(from)) throw trouble('HUMANOS_MAIL_FROM is not of the form HumanOS <humanos@example.com>.');
  if (!isBaseUrl(publicUrl))
    throw trouble('HUMANOS_PUBLIC_URL is not of the form https://work.example.com, without a user, ? or #.');
  const office = reading('HUMANOS_SMTP_URL', () => smtpOffice(url, from));
  return { office, publicUrl: publicUrl.replace(/\/+$/, '') };
}

const reading = <Value>(name: string, read: () => Value): Value => {
  try {
    return read();
  } catch (fault) {
    throw trouble(`${name} cannot be used: ${(fault as Error).message}.`);
  }
};

const trouble = (why: string): Trouble =>
  new Trouble({
    what: 'HumanOS could not be served.',
    why,
    next: 'See docs/guides/notifications.md for what each of the variables holds.',
    code: 'channels_unusable',
    exit: 2,
  });

interface Parts {
  readonly runtime: Runtime;
  readonly version: string;
  /** Other servers may work on the same database. */
  readonly shared: boolean;
  /** Whether this server sends, or only shows and changes what others send. */
  readonly tells?: boolean;
  readonly clock: Clock;
  operations(): Operations;
  onFault(fault: unknown): void;
}

const NOTHING = { ok: true, value: null } as const;
const TO_BEGIN: readonly TaskStatus[] = ['ready', 'reserved'];

/** Channels over a runtime. They are to be started after it, and stopped before it. */
export function makeChannels({ allowed = NOTHING_ALLOWED, mail }: ChannelOptions, parts: Parts): Channels {
  const { runtime, version, shared, tells = true, clock, operations, onFault } = parts;
  const { store, feed, log, organisation, scheduler } = runtime;
  /** It goes on some day, and nothing is told anew of what waits in it. */
  const isHeldUp = async (run: string): Promise<boolean> => {
    const row = await store.run(run);
    return row !== null && !givesOut(row.status);
  };
  const ask: Ask = async (task, passport) => {
    const found = await operations().call('task.get', { id: task }, passport);
    if (!found.ok) return found;
    const { approval, asked, assignee, id, run, status } = found.value;
    const { what, why, onApproval, onRejection, subject, obstacle } = asked;
    const isOthers = assignee !== null && assignee !== passport.id;
    if (isTaskFinal(status) || isOthers) return NOTHING;
    const isToBegin = approval === null && TO_BEGIN.includes(status);
    if (obstacle !== null && !(isToBegin && (await isHeldUp(run)))) return NOTHING;
    const deadline = dueOf(found.value);
    const startedBy = organisation.passport(asked.startedBy)?.name ?? asked.startedBy;
    const name = asked.definition.name;
    return {
      ok: true,
      value: { task: id, what, name, startedBy, why, onApproval, onRejection, subject, deadline },
    };
  };
  return new Channels({
    store,
    clock,
    sha256,
    people: {
      passport: (id) => organisation.passport(id),
      passports: () => organisation.passports(),
      isNamed: ({ id }, party) => {
        const passport = organisation.passport(id);
        return passport !== null && organisation.directory.isNamed(passport, party);
      },
      mayTake: (task, { id }) => scheduler.router.objection(task, id) === null,
    },
    shared,
    tells,
    version,
    allowed,
    mail: mail ? { ...mail, ask } : null,
    newId,
    subscribe: (call) => {
      const ends = [
        feed.subscribe(() => call(false)),
        store.watch(({ streams }) => call(streams === null || streams.includes(ORGANISATION))),
      ];
      return () => ends.forEach((end) => end());
    },
    onRecorded: () => log.wake(),
    onFault,
  });
}
