export { BY, ChannelsBed, LOCAL, sha256 } from './bed.ts';
export { SetClock } from './clock.ts';
export { answering, Receiver, type Received } from './receiver.ts';
export { SmtpServer, textOf, type Delivered } from './smtp-server.ts';
