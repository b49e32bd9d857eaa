/**
 * Weights by size, in buckets a quarter of a doubling wide: a quantile is good to 9 %. A flat list of bucket and weight in turn, in
 * order of bucket, so that it is small and JSON.
 */
export type Histogram = number[];

/** 2^(1/4), 2^(1/2), 2^(3/4). */
const QUARTERS = [1.189_207_115_002_721, Math.SQRT2, 1.681_792_830_507_429] as const;
/** 2^(1/8): from the start of a bucket to its middle. */
const MIDDLE = 1.090_507_732_665_257_7;

/** By comparisons alone, hence the same on every machine. What is under 1 is in the first. */
const bucketOf = (value: number): number => {
  let rest = Math.max(1, Math.min(value, 2 ** 52));
  let doublings = 0;
  for (; rest >= 2; rest /= 2) doublings += 1;
  return 4 * doublings + QUARTERS.filter((bound) => rest >= bound).length;
};

const middleOf = (bucket: number): number =>
  2 ** Math.floor(bucket / 4) * (bucket % 4 === 0 ? 1 : (QUARTERS[(bucket % 4) - 1] as number)) * MIDDLE;

export function record(histogram: Histogram, value: number, weight: number): void {
  const bucket = bucketOf(value);
  let at = 0;
  while (at < histogram.length && (histogram[at] as number) < bucket) at += 2;
  if (histogram[at] === bucket) histogram[at + 1] = (histogram[at + 1] as number) + weight;
  else histogram.splice(at, 0, bucket, weight);
}

/** The value under which that share (0..1) of the weight lies; null of nothing. */
export function quantile(histogram: Histogram, share: number): number | null {
  let total = 0;
  for (let at = 1; at < histogram.length; at += 2) total += histogram[at] as number;
  let left = total * share;
  for (let at = 0; at < histogram.length; at += 2) {
    left -= histogram[at + 1] as number;
    if (left <= 0 || at + 2 >= histogram.length) return middleOf(histogram[at] as number);
  }
  return null;
}
