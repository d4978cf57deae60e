import { median } from '../findings.js';

/** Three figures that count; large ones whole, with separators. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return Number(value.toPrecision(3)).toString();
}

/** `median (lowest–highest)`, or the one figure there is. */
export function medianAndRange(values: readonly number[], unit = ''): string {
  if (values.length === 0) return '–';
  const middle = `${figure(median(values))}${unit}`;
  if (values.length === 1) return middle;
  return `${middle} (${figure(Math.min(...values))}–${figure(Math.max(...values))})`;
}
