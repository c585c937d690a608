/** Numbers as people read them, in the editor's language. */

const bytesPerStep = 1000;
const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function wholeNumber(n: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(n);
}

export function percent(done: number, total: number, language: string): string {
  // A build that is not finished is never shown as finished.
  const share = total > 0 ? Math.min(done / total, done < total ? 0.99 : 1) : 0;
  return new Intl.NumberFormat(language, { style: 'percent' }).format(Math.floor(share * 100) / 100);
}

/** "491 MB": decimal, as file managers and download pages count. */
export function byteSize(bytes: number, language: string): string {
  let step = 0;
  let value = bytes;
  while (value >= bytesPerStep && step < units.length - 1) {
    value /= bytesPerStep;
    step += 1;
  }
  const maximumFractionDigits = value < 10 && step > 0 ? 1 : 0;
  const unit = units[step]!;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: unit === 'byte' ? 'long' : 'short',
    maximumFractionDigits,
  }).format(value);
}

/** "less than 1 minute" is "1 min": an estimate is no stopwatch. */
export function duration(seconds: number, language: string): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  const [value, unit] = minutes < 90 ? [minutes, 'minute'] : [Math.round(minutes / 6) / 10, 'hour'];
  return new Intl.NumberFormat(language, { style: 'unit', unit: unit, unitDisplay: 'long' }).format(value);
}
