/** How HumanOS tells the world outside: webhooks, and mail with links to a decision. */
export {
  Channels,
  type ChannelsParts,
  type ChannelStatus,
  type Counts,
  type Delivery,
  type MailParts,
} from './channels.ts';
export type { Contact } from './mail/contacts.ts';
export type { DecisionLink, FoundLink } from './mail/links.ts';
export type { Question } from './mail/letter.ts';
export { MAIL, type Ask, type People } from './mail/mail-channel.ts';
export { isSender, smtpOffice, type Mail, type PostOffice } from './mail/post-office.ts';
export { NOTHING_ALLOWED, parseAllowed, type Allowed } from './webhook/address.ts';
export { type Filter, type Subscription } from './webhook/subscription.ts';
