import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trouble } from '../cli/index.ts';
import { channelOptions } from './channels.ts';

const MAIL = {
  HUMANOS_SMTP_URL: 'smtp://localhost',
  HUMANOS_MAIL_FROM: 'HumanOS <humanos@example.com>',
  HUMANOS_PUBLIC_URL: 'https://work.example.com/humanos/',
};
const refused = (name: keyof typeof MAIL, value: string): void =>
  assert.throws(
    () => channelOptions({ ...MAIL, [name]: value }),
    ({ code, exit, why }: Trouble) =>
      code === 'channels_unusable' && exit === 2 && why.startsWith(name) && !why.includes('SECRET'),
    value,
  );

test('a sender that no mail can come from is refused before any is sent', () => {
  for (const from of [
    'h@localhost',
    'HumanOS <h@x.de>',
    '<h@x.de>',
    '"Ops, HumanOS" <h+a@x.de>',
    'Bücher <b@ü.de>',
    'HumanOS <h@x.de>\n',
    ' h@x.de',
    'HumanOS < h@x.de >',
    'h@x.de (HumanOS)',
    String.raw`"The \"Works\"" <h@x.de>`,
  ])
    assert.ok(channelOptions({ ...MAIL, HUMANOS_MAIL_FROM: from }).mail, from);
  for (const from of [
    'nobody',
    'HumanOS <>',
    'HumanOS <nobody>',
    'a@x.de, b@x.de',
    'Ops, HumanOS <h@x.de>',
    '@x.de',
    'h@',
    'h@x.de>',
    ' ',
  ])
    refused('HUMANOS_MAIL_FROM', from);
});

test('an address that no link can begin with is refused before any is sent', () => {
  assert.equal(channelOptions(MAIL).mail?.publicUrl, 'https://work.example.com/humanos');
  for (const url of [
    'work.example.com',
    'ftp://x.de',
    'https://x.de?a',
    'https://x.de/#',
    'https://u@x.de',
    'https://u:SECRET@x.de',
  ])
    refused('HUMANOS_PUBLIC_URL', url);
});
