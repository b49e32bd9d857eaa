/** What a participant has shown with one capability. Weights decay: an outcome counts half after 30 days. JSON. */
export interface TrackRecord {
  /** ms since the epoch to which the weights are decayed. */
  readonly at: number;
  readonly successes: number;
  readonly failures: number;
  /** Weighted, of successes; ms. Null while none was timed. */
  readonly medianMs: number | null;
  readonly p90Ms: number | null;
  readonly cost: { readonly amount: number; readonly currency: string } | null;
  /** Mean squared distance of stated confidence and outcome, 0 (perfect) to 1; null while none was stated. */
  readonly brier: number | null;
}
