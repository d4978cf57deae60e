import { median } from '../findings.js';
import type { Throughput, Throughputs } from '../measures/acks.measure.js';
import { type ProgramName, PROGRAMS } from '../programs/programs.js';
import { figure } from './figures.js';

const WIDTH = 860;
const LABELS = 190;
const BAR = 18;
const ROW = 28;
const PANEL_GAP = 52;
const TOP = 34;

interface Panel {
  title: string;
  unit: string;
  read: (one: Throughput) => number;
  at: number;
  width: number;
}

const HALF = (WIDTH - LABELS - 130 - PANEL_GAP) / 2;
const PANELS: readonly Panel[] = [
  { title: 'answers a second', unit: '', read: (it) => it.perSecond, at: LABELS, width: HALF },
  {
    title: 'p99 of an answer, 64 at a time',
    unit: ' ms',
    read: (it) => it.p99,
    at: LABELS + HALF + 65 + PANEL_GAP,
    width: HALF,
  },
];

const STYLE = `
  text{fill:#24292f;font:13px system-ui,sans-serif}.small{font-size:12px}.quiet{fill:#57606a}
  .ours{fill:#2f9e5b}.kept{fill:#3b7dd8}.forgot{fill:#9aa4b0}.range{stroke:#24292f;stroke-width:1.4}
  @media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.range{stroke:#e6edf3}.forgot{fill:#6e7681}}`;

/** Two rows of bars, medians with their ranges; no background of its own, so that it is at home on light and dark. */
export function plot(throughputs: Throughputs): string {
  const names = [...throughputs.keys()];
  const height = TOP + names.length * ROW + 44;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    '<title>Answers a second, and how long an answer takes, of every program</title>',
    `<style>${STYLE}</style>`,
    ...PANELS.map(({ title, at }) => `<text x="${at}" y="18" font-weight="600">${title}</text>`),
    ...names.map((name, nth) => label(name, TOP + nth * ROW)),
    ...PANELS.flatMap((panel) => bars(panel, throughputs)),
    legend(height - 14),
    '</svg>\n',
  ].join('\n');
}

const label = (name: ProgramName, y: number): string =>
  `<text x="${LABELS - 10}" y="${y + 14}" text-anchor="end">(${PROGRAMS[name].letter}) ${name}</text>`;

function bars({ read, at, width, unit }: Panel, throughputs: Throughputs): string[] {
  const all = [...throughputs].map(([name, rounds]) => ({ name, values: rounds.map(read) }));
  const most = Math.max(...all.flatMap(({ values }) => values));
  const scale = width / most;
  return all.map(({ name, values }, nth) => {
    const y = TOP + nth * ROW;
    const middle = median(values);
    const [low, high] = [Math.min(...values) * scale, Math.max(...values) * scale];
    return [
      `<rect class="${kindOf(name)}" x="${at}" y="${y}" width="${(middle * scale).toFixed(1)}" height="${BAR}" rx="2"/>`,
      `<path class="range" d="M${(at + low).toFixed(1)} ${y + BAR / 2}H${(at + high).toFixed(1)}"/>`,
      `<text class="small" x="${(at + high + 6).toFixed(1)}" y="${y + 13}">${figure(middle)}${unit}</text>`,
    ].join('');
  });
}

const kindOf = (name: ProgramName): string =>
  name === 'payhook' ? 'ours' : PROGRAMS[name].rows > 0 ? 'kept' : 'forgot';

function legend(y: number): string {
  const entries = [
    ['ours', 'Payhook'],
    ['kept', 'answers after a commit'],
    ['forgot', 'keeps nothing'],
  ] as const;
  return entries
    .map(([kind, text], nth) => {
      const x = LABELS + nth * 180;
      return `<rect class="${kind}" x="${x}" y="${y - 10}" width="12" height="12" rx="2"/><text class="small quiet" x="${x + 18}" y="${y}">${text}</text>`;
    })
    .join('');
}
