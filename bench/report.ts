/** Takes one figure. */
export type Report = (name: string, value: number, unit: string) => void;

const tidy = (value: number): number => Number(value.toPrecision(4));

export const plainReport: Report = (name, value, unit) => console.log(`${name}: ${tidy(value)} ${unit}`);
export const jsonReport: Report = (name, value, unit) =>
  console.log(JSON.stringify({ name, value: tidy(value), unit }));
