import type { Frame } from './cpu-profile.js';

const WIDTH = 1200;
const ROW = 17;
const TOP = 60;
const MIN_WIDTH = 0.6;
const CHARACTER = 6.4;

/** A colour for whom the code belongs to, readable on light and dark alike. */
const COLOURS: Readonly<Record<string, string>> = {
  payhook: '#2f9e5b',
  node: '#8a8f98',
  gc: '#d6455d',
  pg: '#3b7dd8',
  'pg-protocol': '#3b7dd8',
  'pg-pool': '#3b7dd8',
  typeorm: '#8d5bd6',
  express: '#c98a1b',
  router: '#c98a1b',
  '@nestjs/core': '#d9662c',
  '@nestjs/common': '#d9662c',
  '@nestjs/platform-express': '#d9662c',
  'class-validator': '#b5519c',
  'class-transformer': '#b5519c',
};
const OTHER = '#6b93a8';

interface Box {
  frame: Frame;
  x: number;
  depth: number;
}

/** One self-contained picture: what is wide took long, what lies on top of it was called by it. Hover for the figures. */
export function flameGraph(root: Frame, title: string): string {
  const boxes = boxesOf(root);
  const depth = Math.max(...boxes.map((box) => box.depth)) + 1;
  const height = TOP + depth * ROW + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="ui-monospace, monospace" font-size="11">`,
    '<style>.t{fill:#222}.b:hover{opacity:.75}@media(prefers-color-scheme:dark){.t{fill:#ddd}}</style>',
    `<text class="t" x="8" y="20" font-size="15">${escaped(title)}</text>`,
    legend(),
    ...boxes.map((box) => drawn(box, root.total, height)),
    '</svg>\n',
  ].join('\n');
}

function boxesOf(root: Frame): Box[] {
  const scale = WIDTH / root.total;
  const boxes: Box[] = [];
  const place = (frame: Frame, x: number, depth: number): void => {
    if (frame.total * scale < MIN_WIDTH) return;
    boxes.push({ frame, x, depth });
    let at = x;
    for (const child of merged(frame.children)) {
      place(child, at, depth + 1);
      at += child.total * scale;
    }
  };
  place(root, 0, 0);
  return boxes;
}

/** V8 tells a function once for each way it was optimised: in the picture it is one. */
function merged(frames: readonly Frame[]): Frame[] {
  const byPlace = new Map<string, Frame>();
  for (const frame of frames) {
    const key = `${frame.name} ${frame.where}`;
    const known = byPlace.get(key);
    if (known) {
      byPlace.set(key, {
        ...known,
        self: known.self + frame.self,
        total: known.total + frame.total,
        children: [...known.children, ...frame.children],
      });
    } else byPlace.set(key, frame);
  }
  return [...byPlace.values()].sort((a, b) => b.total - a.total);
}

function drawn({ frame, x, depth }: Box, all: number, height: number): string {
  const width = (frame.total / all) * WIDTH;
  const y = height - 8 - (depth + 1) * ROW;
  const share = ((frame.total / all) * 100).toFixed(1);
  const own = ((frame.self / all) * 100).toFixed(1);
  const room = Math.floor((width - 4) / CHARACTER);
  const label = room < 3 ? '' : frame.name.slice(0, room);
  const text = label && `<text x="${(x + 2).toFixed(1)}" y="${y + 12}" fill="#fff">${escaped(label)}</text>`;
  const tip = `${frame.name} ${frame.where} – ${share} %, itself ${own} %`;
  return `<g class="b"><title>${escaped(tip)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(width - 0.4, 0.3).toFixed(1)}" height="${ROW - 1}" rx="1" fill="${COLOURS[frame.package] ?? OTHER}"/>${text}</g>`;
}

function legend(): string {
  const shown = [
    'payhook',
    '@nestjs/core',
    'express',
    'class-validator',
    'typeorm',
    'pg',
    'node',
    'gc',
    'other',
  ];
  let x = 8;
  return shown
    .map((name) => {
      const at = x;
      x += name.length * CHARACTER + 34;
      return `<rect x="${at}" y="32" width="12" height="12" rx="2" fill="${COLOURS[name] ?? OTHER}"/><text class="t" x="${at + 17}" y="42">${name}</text>`;
    })
    .join('');
}

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
