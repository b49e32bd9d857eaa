/** Where the expressions of a text begin and end. `$${` stands for `${`. */
type Piece = string | { readonly source: string };

/** The plain texts and the expressions of a text, or null where an expression does not end. */
export function splitText(text: string): Piece[] | null {
  const pieces: Piece[] = [];
  let plain = '';
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('$${', at)) {
      plain += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      const end = expressionEnd(text, at + 2);
      if (end === -1) return null;
      if (plain !== '') pieces.push(plain);
      plain = '';
      pieces.push({ source: text.slice(at + 2, end) });
      at = end + 1;
    } else plain += text[at++];
  }
  if (plain !== '' || pieces.length === 0) pieces.push(plain);
  return pieces;
}

/**
 * Where the `}` of an expression stands: braces of CEL's objects and texts with braces in them are passed over. Quotes in a comment are
 * taken for texts as well, unless the expression has no end then.
 */
function expressionEnd(text: string, start: number): number {
  const end = endOf(text, start, false);
  return end === -1 ? endOf(text, start, true) : end;
}

function endOf(text: string, start: number, hasComments: boolean): number {
  let open = 0;
  let isComment = false;
  let at = start;
  while (at < text.length) {
    const char = text[at];
    if (char === '}' && open-- === 0) return at;
    if (char === '{') open++;
    isComment = isComment ? char !== '\n' : hasComments && char === '/' && text[at + 1] === '/';
    if (!isComment && (char === '"' || char === "'")) at = quotedEnd(text, at);
    else at++;
  }
  return -1;
}

function quotedEnd(text: string, start: number): number {
  const quote = text[start]!;
  const delimiter = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  let at = start + delimiter.length;
  while (at < text.length && !text.startsWith(delimiter, at)) at += text[at] === '\\' ? 2 : 1;
  return at + delimiter.length;
}
