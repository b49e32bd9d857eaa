/** When a participant works, in its own time zone. */
export interface WorkingHours {
  /** IANA name, `Europe/Berlin`. */
  readonly zone: string;
  readonly weekly: readonly WeeklyHours[];
  /** Days off, `2027-12-24`, in the zone. */
  readonly holidays: readonly string[];
}

/** An interval that ends at or before its start ends on the next day; it belongs to the day on which it starts. */
export interface WeeklyHours {
  /** 1 Monday to 7 Sunday. */
  readonly days: readonly number[];
  /** `HH:MM`, 00:00 to 24:00. */
  readonly from: string;
  readonly to: string;
}
