/** Does it as somebody who may not write where root may, also where the tests run as root. Not across an `await`. */
export function unprivileged<Value>(work: () => Value): Value {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
