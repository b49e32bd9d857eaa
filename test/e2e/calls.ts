/** How often something is called from now on. */
export const calls = <Name extends string>(
  of: Readonly<Record<Name, (...args: never[]) => unknown>>,
  name: Name,
): { readonly count: number } => {
  const counted = { count: 0 };
  const call = of[name].bind(of);
  Object.assign(of, {
    [name]: (...args: never[]): unknown => {
      counted.count += 1;
      return call(...args);
    },
  });
  return counted;
};
