import { type Finding, inOrder, isMet, median, numberOf, ratiosOf, type Target } from '../findings.js';
import { FAILING } from '../bench.js';
import type { Throughput, Throughputs } from '../measures/acks.measure.js';
import { PROGRAMS } from '../programs/programs.js';
import { figure, medianAndRange } from './figures.js';
import type { Machine } from './machine.js';

export interface Report {
  machine: Machine;
  /** Of PostgreSQL, and whether it was the embedded one. */
  settings: Readonly<Record<string, string>>;
  rounds: number;
  quick: boolean;
  findings: readonly Finding[];
  throughputs: Throughputs | null;
}

/** All that a run says, as it stands between the markers of `docs/performance.md`. */
export function reportAsMarkdown(report: Report): string {
  return [
    ...(report.quick
      ? ['**A quick run: it shows that the bench works, and no figure worth a quotation.**', '']
      : []),
    ...where(report),
    '',
    ...targets(report.findings),
    ...(report.throughputs ? ['', ...programs(report.throughputs)] : []),
  ].join('\n');
}

function where({ machine, settings, rounds }: Report): string[] {
  const { server_version, ...rest } = settings;
  const set = Object.entries(rest).map(([name, value]) => `\`${name}\` ${value}`);
  return [
    `Measured on ${machine.date} at ${machine.revision}: ${machine.machine}, ${machine.system}, Node ${machine.node}, PostgreSQL ${server_version} on the same machine (${set.join(', ')}).`,
    `${machine.packages}.`,
    '',
    `Of every load ${FAILING} of a hundred payments fail, evenly spread and sent to every program alike, but where a row says otherwise and in row 7, where all do. Alerts are due at once (\`ALERT_SETTLE_SECONDS=0\`); without a mail server they are decided and kept. End to end means: until \`/stats\` says quiet, no delivery, handler run or notification pending.`,
    '',
    `Figures are medians, with the lowest and the highest of ${rounds} rounds in brackets where there were several. A ratio is taken within a round, program against program minutes apart at most, so that a machine that slows down for a while slows down both.`,
  ];
}

function targets(findings: readonly Finding[]): string[] {
  return [
    '| | what | figure | compared with | ratio | target | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...inOrder(findings).map(row),
  ];
}

function row(finding: Finding): string {
  const { what, unit, figures, reference, target } = finding;
  const ratios = ratiosOf(finding);
  const met = isMet(finding);
  const cells = [
    numberOf(finding),
    what,
    medianAndRange(figures, unit),
    reference ? `${reference.what}: ${medianAndRange(reference.figures, unit)}` : '',
    ratios ? `**${medianAndRange(ratios)}**` : '',
    target ? asked(target, unit, ratios !== null) : '',
    met === null ? '' : met ? verdict(finding) : '**missed**',
  ];
  return `| ${cells.join(' | ')} |`;
}

function asked({ kind: is, value, aim }: Target, unit: string, isRatio: boolean): string {
  const bound = `${is === 'at least' ? '≥' : '≤'} ${value}${isRatio ? '' : unit}`;
  return aim === undefined ? bound : `${bound} (aim ${aim})`;
}

function verdict(finding: Finding): string {
  const { target, figures } = finding;
  if (target?.aim === undefined) return 'met';
  const value = median(ratiosOf(finding) ?? figures);
  const reached = target.kind === 'at least' ? value >= target.aim : value <= target.aim;
  return reached ? 'met, and the aim' : 'met';
}

function programs(throughputs: Throughputs): string[] {
  return [
    '| | program | rows before the answer | answers a second | p50 | p99 | CPU for a request | most memory | CPU of the generator |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[...throughputs].map(([name, rounds]) => {
      const of = (read: (one: Throughput) => number): number[] => rounds.map(read);
      const { letter, what, rows } = PROGRAMS[name];
      const cells = [
        `(${letter})`,
        what,
        String(rows),
        medianAndRange(of((it) => it.perSecond)),
        `${figure(median(of((it) => it.p50)))} ms`,
        `${figure(median(of((it) => it.p99)))} ms`,
        `${figure(median(of((it) => it.cpu)))} µs`,
        `${figure(median(of((it) => it.peakBytes / 1e6)))} MB`,
        `${figure(median(of((it) => it.generatorCpu)))} µs`,
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}
