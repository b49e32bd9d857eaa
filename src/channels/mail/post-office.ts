import type { Transporter } from 'nodemailer';
import type { Letter } from './letter.ts';

export interface Mail extends Letter {
  readonly to: string;
  /** The same for every attempt, so that a mail program shows a repetition once. */
  readonly messageId: string;
}
/** Takes mails on. @throws MailRefused when the server will never take this one; another Error when it does not take it now */
export interface PostOffice {
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** The server will not take this mail, now or later. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** The server takes no mail for this receiver now; for others it may. */
export class ReceiverBusy extends Error {
  override readonly name = 'ReceiverBusy';
}

const ADDRESS = '[^\\s"<>(),;:@]+@[^\\s"<>(),;:@]+';
const NAME = String.raw`(?:"(?:[^"\\]|\\.)*"\s*|[^"<>,;:@]*)`;
const SENDER = new RegExp(String.raw`^(?:${ADDRESS}(?:\s*\([^()<>]*\))?|${NAME}<\s*${ADDRESS}\s*>)$`);
/** Whether mail can come from it: one address, alone, behind a name or before one in parentheses. */
export const isSender = (from: string): boolean => SENDER.test(from.trim());

const PATIENCE_MS = 15_000;

/**
 * Any SMTP server: `smtp://user:password@host:587`, `smtps://host`.
 *
 * SMTP-1  A password goes over TLS or not at all, except to this machine itself.
 * SMTP-2  No message of a fault shows the password.
 * @throws RangeError when the URL is none of these
 */
export function smtpOffice(url: string, from: string): PostOffice {
  const target = URL.canParse(url) ? new URL(url) : null;
  if (!target?.hostname || !/^smtps?:$/.test(target.protocol))
    throw new RangeError('the address of the mail server is not of the form smtp://… or smtps://…');
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(target.hostname);
  const options = {
    url,
    ...(target.protocol === 'smtp:' && target.password !== '' && !isLocal && { requireTLS: true }),
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  let opened: Promise<Transporter> | null = null;
  const password = decodeURIComponent(target.password);
  const send = async ({ to, subject, text, html, messageId }: Mail): Promise<void> => {
    try {
      const transport = await (opened ??= openTransport(options));
      await transport.sendMail({
        from,
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId,
        headers: HEADERS,
      });
    } catch (fault) {
      throw faultOf(fault, password);
    }
  };
  const close = (): void =>
    void opened?.then(
      (transport) => transport.close(),
      () => {},
    );
  return { send, close };
}

/** What speaks SMTP is loaded for the first mail. */
async function openTransport(options: object): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  return createTransport(options);
}

const HEADERS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };
/** What is wrong with the envelope or the message is so at the next attempt too; a wrong password may be put right. */
const FINAL = new Set(['EENVELOPE', 'EMESSAGE']);

function faultOf(fault: unknown, password: string): Error {
  const { message = '', code = '', command = '', responseCode = 0 } = fault as Partial<SmtpFault>;
  const words = (password === '' ? message : message.replaceAll(password, '…')).slice(0, 300);
  if (responseCode >= 500 && FINAL.has(code)) return new MailRefused(words);
  return responseCode >= 400 && command === 'RCPT TO' ? new ReceiverBusy(words) : new Error(words);
}

interface SmtpFault extends Error {
  readonly code: string;
  readonly command: string;
  readonly responseCode: number;
}
