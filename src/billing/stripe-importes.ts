/** Currencies that Stripe takes without decimals, whatever their own are. The rest it takes in hundredths. */
const SIN_DECIMALES = new Set(['BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF']);

/** "15.05" → 1505; "15.00" CLP → 15. Text all the way: an amount is never a float. */
export function aStripe(importe: string, moneda: string): number {
  const [entero, decimales = ''] = importe.split('.');
  if (!SIN_DECIMALES.has(moneda)) return Number(entero + decimales.padEnd(2, '0'));
  if (Number(decimales) !== 0) throw new Error(`${moneda} has no decimals: ${importe}`);
  return Number(entero);
}

export function deStripe(cantidad: number, moneda: string): string {
  if (SIN_DECIMALES.has(moneda)) return `${cantidad}.00`;
  const digits = String(cantidad).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
