/** What the made invoices of the tests hold, the same in every syntax. */
import Big from 'big.js';

export interface Sample {
  /** VAT category of every line, allowance and charge. */
  readonly category: string;
  /** `undefined` leaves the rate out. */
  readonly rate: string | undefined;
  /** One line and no charge, instead of two lines and a charge. */
  readonly small: boolean;
  readonly reason: boolean;
  /** Whether seller, representative and buyer have VAT identifiers; the seller's legal registration is always there. */
  readonly vatIds: boolean;
}

const RATES: Readonly<Record<string, string | undefined>> = {
  S: '20',
  L: '7',
  M: '5',
  B: '22',
  O: undefined,
};

export function sampleOf(category: string, small = false): Sample {
  const rated = ['S', 'L', 'M', 'B'].includes(category);
  return {
    category,
    rate: category in RATES ? RATES[category] : '0',
    small,
    reason: !rated && category !== 'Z',
    vatIds: category !== 'O',
  };
}

/** The amounts that follow: two lines of 97.00 and 103.00, an allowance of 20.00, a charge of 10.00, 28.00 paid. */
export function amountsOf(sample: Sample) {
  const lines = new Big(sample.small ? '97.00' : '200.00');
  const charges = new Big(sample.small ? '0' : '10.00');
  const net = lines.minus('20.00').plus(charges);
  const tax = net.times(sample.rate ?? '0').div(100);
  const gross = net.plus(tax);
  const text = (amount: Big) => amount.toFixed(2);
  return {
    lines: text(lines),
    allowances: '20.00',
    charges: sample.small ? undefined : text(charges),
    net: text(net),
    tax: text(tax),
    gross: text(gross),
    prepaid: '28.00',
    rounding: '0.50',
    payable: text(gross.minus('28.00').plus('0.50')),
  };
}
