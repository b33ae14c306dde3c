// Amounts of memory as Slurm reads and writes them.

const SHIFTS: Readonly<Record<string, number>> = { M: 0, G: 1, T: 2, P: 3 };
const UNITS = 'KMGTPE';

/** MiB of `200`, `2048K`, `1G`; bare numbers are MiB. undefined: malformed. */
export function parseMemoryMib(text: string): number | undefined {
  const match = /^(\d{1,15})([KMGTP]?)B?$/i.exec(text);
  if (match === null) return undefined;
  const amount = Number(match[1]);
  const unit = (match[2] ?? '').toUpperCase() || 'M';
  if (unit === 'K') return Math.ceil(amount / 1024);
  const mib = amount * 1024 ** (SHIFTS[unit] ?? 0);
  return Number.isSafeInteger(mib) ? mib : undefined;
}

/**
 * `100M`, `1G`: in the largest unit that holds it as a whole number, unless told not to convert.
 */
export function formatMib(mib: number, convert = true): string {
  let amount = mib;
  let unit = 1;
  while (convert && amount >= 1024 && amount % 1024 === 0 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return amount === 0 ? '0' : `${amount}${UNITS[unit]}`;
}

/** sacct's sizes: KiB below 100,000 as they are, else in the unit that fits, with two digits. */
export function formatKib(kib: number, options: { unit?: string; raw?: boolean } = {}): string {
  if (options.raw === true) return String(kib * 1024);
  if (options.unit !== undefined) {
    const amount = kib / 1024 ** UNITS.indexOf(options.unit);
    return `${trimmed(amount)}${options.unit}`;
  }
  return `${kib}K`;
}

/** The same for MiB, which stay whole where they can. */
export function formatMibIn(mib: number, options: { unit?: string } = {}): string {
  if (options.unit === undefined) return formatMib(mib);
  return `${trimmed(mib / 1024 ** (UNITS.indexOf(options.unit) - 1))}${options.unit}`;
}

function trimmed(amount: number): string {
  return Number.isInteger(amount) ? String(amount) : amount.toFixed(2);
}
