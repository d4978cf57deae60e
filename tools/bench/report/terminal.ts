import { type Finding, isMet, numberOf, ratiosOf } from '../findings.js';
import { medianAndRange } from './figures.js';

/** For a person who waited at a terminal. */
export function findingsAsText(findings: readonly Finding[]): string {
  return findings.map(line).join('\n');
}

function line(finding: Finding): string {
  const { what, unit, figures, reference, target } = finding;
  const ratios = ratiosOf(finding);
  const compared =
    reference && ratios
      ? ` ÷ ${reference.what} ${medianAndRange(reference.figures, unit)} = ${medianAndRange(ratios)}`
      : '';
  const asked = target ? `, ${target.kind} ${target.value}: ${isMet(finding) ? 'met' : 'MISSED'}` : '';
  return `${numberOf(finding).padStart(3)} ${what}: ${medianAndRange(figures, unit)}${compared}${asked}`;
}
