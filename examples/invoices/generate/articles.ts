/** What the invented sellers sell, by seller. Prices are in the seller's own currency, without VAT. */

export type VatClass = 'standard' | 'reduced' | 'zero' | 'exempt';

export interface Article {
  name: string;
  number?: string;
  commodity?: { list: string; code: string };
  unit: string;
  price: string;
  /** Units the price is for; 1 where absent. */
  per?: string;
  vat: VatClass;
  /** Smallest and largest quantity, in `step`s. */
  quantity: [number, number];
  /** One step of quantity, as a decimal: 1, 0.25, 0.1. */
  step: string;
}

const each = (
  name: string,
  price: string,
  vat: VatClass,
  quantity: [number, number],
  more: Partial<Article> = {},
): Article => ({
  name,
  price,
  vat,
  quantity,
  unit: 'C62',
  step: '1',
  ...more,
});

const hours = (name: string, price: string, vat: VatClass, more: Partial<Article> = {}): Article => ({
  name,
  price,
  vat,
  quantity: [2, 160],
  unit: 'HUR',
  step: '0.25',
  ...more,
});

export const ARTICLES = {
  nordhafen: [
    each('Spiralbohrer-Satz HSS-Co', '48.90', 'standard', [2, 40], {
      number: 'NW-1010',
      commodity: { list: 'HS', code: '820750' },
    }),
    each('Schaftfräser VHM 8 mm', '31.45', 'standard', [5, 60], {
      number: 'NW-1188',
      commodity: { list: 'HS', code: '820770' },
    }),
    each('Drehmomentschlüssel 20-100 Nm', '129.00', 'standard', [1, 8], { number: 'NW-2040' }),
    each('Senkkopfschraube M6x20', '7.35', 'standard', [200, 5000], { number: 'NW-7620', per: '100' }),
    hours('Nachschleifen und Vermessen', '64.00', 'standard'),
    each('Kühlschmierstoff, Kanister', '3.27', 'standard', [20, 400], { unit: 'LTR', step: '0.5' }),
  ],
  lindenau: [
    each('Kopierpapier A4, 80 g, Paket', '4.19', 'standard', [10, 400], { unit: 'XPK', number: '30-118' }),
    each('Tonerkartusche schwarz', '72.60', 'standard', [1, 20], { number: '41-007' }),
    each('Fachbuch "Verwaltungsrecht kompakt"', '34.58', 'reduced', [1, 25], {
      number: '978-X',
      commodity: { list: 'IB', code: '9999999999' },
    }),
    each('Schulatlas, Klassensatz', '612.15', 'reduced', [1, 4], { unit: 'SET' }),
    each('Höhenverstellbarer Schreibtisch', '489.00', 'standard', [1, 12], { number: '88-410' }),
    each('Montage je Arbeitsplatz', '39.50', 'standard', [1, 12]),
  ],
  bergquell: [
    each('Mittagsbuffet je Gedeck', '23.80', 'reduced', [12, 140]),
    each('Getränkepauschale je Gast', '9.40', 'standard', [12, 140]),
    hours('Servicepersonal', '31.20', 'standard'),
    each('Almkäse am Stück', '18.65', 'reduced', [15, 400], { unit: 'KGM', step: '0.1' }),
    each('Geschirrverleih', '145.00', 'standard', [1, 3]),
  ],
  vlaswiek: [
    each("Brochure A5, 32 pagina's", '0.4375', 'standard', [500, 8000]),
    each('Visitekaartjes, gestanst', '38.25', 'standard', [1, 30], { per: '250' }),
    each('Jaarboek, gebonden', '17.90', 'reduced', [20, 300], {
      commodity: { list: 'IB', code: '9999999998' },
    }),
    hours('Opmaak en proefdruk', '58.00', 'standard'),
    each('Levering op pallet', '42.00', 'standard', [1, 4], { unit: 'XPX' }),
  ],
  roncevalle: [
    each('Rideau acoustique sur mesure', '214.35', 'standard', [1, 18], { number: 'RA-20' }),
    each('Tissu ignifugé', '27.80', 'standard', [30, 600], { unit: 'MTR', step: '0.1' }),
    each('Panneau absorbant', '61.20', 'standard', [4, 80], { unit: 'MTK', step: '0.5' }),
    hours('Pose sur site', '52.75', 'standard'),
    each("Guide d'entretien imprimé", '8.53', 'reduced', [5, 50]),
  ],
  islas: [
    each('Filtro de agua industrial', '88.40', 'standard', [1, 20]),
    each('Agua desalada', '1.1250', 'reduced', [40, 900], { unit: 'MTQ' }),
    hours('Mantenimiento de bombas', '41.00', 'standard'),
  ],
  havnegade: [
    each('Elforbrug, dagtarif', '0.7843', 'standard', [900, 48000], { unit: 'KWH' }),
    each('Elforbrug, nattarif', '0.5129', 'standard', [900, 48000], { unit: 'KWH' }),
    each('Netabonnement', '212.50', 'standard', [1, 3], { unit: 'MON' }),
    each('Fjernvarme', '645.20', 'standard', [3, 90], { unit: 'MWH', step: '0.1' }),
    each('Målerskifte', '1450.00', 'standard', [1, 2]),
  ],
  granviken: [
    hours('Systemutveckling', '1180.00', 'standard'),
    hours('Projektledning', '1320.00', 'standard'),
    each('Resa, milersättning', '36.50', 'standard', [4, 60], { unit: 'KMT', per: '10' }),
    each('Kursbok, tryckt', '412.00', 'reduced', [2, 40]),
    each('Utbildningsdag', '18500.00', 'standard', [1, 3], { unit: 'DAY' }),
  ],
  fjordlys: [
    each('Klippfisk, eske', '1248.00', 'reduced', [1, 30], { unit: 'XBX' }),
    each('Fersk torskefilet', '189.90', 'reduced', [50, 900], { unit: 'KGM', step: '0.1' }),
    each('Kjølefrakt', '2350.00', 'standard', [1, 4]),
    each('Isoporkasse', '64.00', 'standard', [4, 90], { unit: 'XCS' }),
  ],
  thornbury: [
    each("Children's picture books, box of 24", '118.80', 'zero', [1, 20], { unit: 'XBX' }),
    each('Printed sheet music', '9.25', 'zero', [5, 120]),
    each('Oak reading lectern', '346.00', 'standard', [1, 6]),
    each('Bookbinding repair', '57.50', 'standard', [1, 30]),
  ],
  kilbrannan: [
    each('Platform subscription', '1490.00', 'standard', [1, 3], { unit: 'MON', number: 'SUB-PRO' }),
    each('Seats above plan', '18.75', 'standard', [3, 80], { number: 'SEAT' }),
    hours('Integration support', '135.00', 'standard'),
    each('Messages sent', '0.0042', 'standard', [9000, 900000], { number: 'MSG' }),
  ],
  mlyn: [
    each('Mąka żytnia typ 720', '2.18', 'reduced', [400, 9000], { unit: 'KGM' }),
    each('Płatki owsiane, worek 25 kg', '74.90', 'reduced', [4, 80], { unit: 'XBG' }),
    each('Paleta EUR', '58.00', 'standard', [2, 20], { unit: 'XPX' }),
    each('Transport chłodniczy', '1.94', 'standard', [80, 1200], { unit: 'KMT' }),
  ],
  saimaa: [
    each('Koivuvaneri 18 mm', '46.30', 'standard', [10, 240], {
      unit: 'MTK',
      commodity: { list: 'HS', code: '441233' },
    }),
    each('Liimapuupalkki', '12.85', 'standard', [20, 700], {
      unit: 'MTR',
      step: '0.1',
      commodity: { list: 'HS', code: '441881' },
    }),
    each('Kuormalava', '9.75', 'standard', [2, 40], { unit: 'XPX' }),
  ],
  praxis: [
    each('Vorsorgeuntersuchung G 37', '54.20', 'exempt', [1, 40]),
    each('Impfung, ärztliche Leistung', '21.45', 'exempt', [1, 60]),
    each('Labor, Blutbild', '17.16', 'exempt', [1, 60]),
  ],
  feldrain: [
    each('Jahresbeitrag Fördermitglied', '120.00', 'standard', [1, 3]),
    each('Umlage Streuobstwiese', '2.85', 'standard', [20, 300], { unit: 'MTK' }),
  ],
} satisfies Record<string, Article[]>;
