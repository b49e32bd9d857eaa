const DAY = 86_400_000;

/** The ISO date `days` after an ISO date, in UTC. */
export function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}
