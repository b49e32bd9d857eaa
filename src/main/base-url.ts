/** Whether paths can be put behind it: no request can be sent to an address with a user or a password in it. */
export function isBaseUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return false;
  return url.username === '' && url.password === '' && !/[?#]/.test(text);
}
