/** A panel for each group of repositories: the share of key facts that each arm says, with its interval. */

import { armNames, armTitles, type ArmName } from './arms';
import type { GroupReport } from './tables';

const colours: Record<ArmName, string> = {
  ours: '#0a8f5b',
  gold: '#8a8a8a',
  bm25: '#d1711f',
  none: '#c9c9c9',
};

const panel = { width: 260, height: 200, left: 44, top: 34, gap: 40 };
const legendLine = 18;

export function plotFacts(groups: readonly GroupReport[]): string {
  const width = Math.max(panel.left + groups.length * (panel.width + panel.gap), 420);
  const height = panel.top + panel.height + 24 + armNames.length * legendLine;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...groups.flatMap((group, index) => drawPanel(group, panel.left + index * (panel.width + panel.gap))),
    ...legend(panel.top + panel.height + 24),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, arms }: GroupReport, left: number): string[] {
  const bottom = panel.top + panel.height;
  const y = (share: number): number => round(bottom - share * panel.height);
  const marks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<line x1="${left}" x2="${left + panel.width}" y1="${y(share)}" y2="${y(share)}" stroke="#ddd"/>`,
    text(left - 6, y(share) + 4, 'end', String(share).replace(/^0\./, '.')),
  ]);
  const step = panel.width / armNames.length;
  const bars = armNames.flatMap((arm, index) => {
    const recall = arms[arm]?.factRecall;
    if (!recall) return [];
    const x = round(left + (index + 0.2) * step);
    const middle = round(left + (index + 0.5) * step);
    return [
      `<rect x="${x}" y="${y(recall.value)}" width="${round(step * 0.6)}" height="${round(bottom - y(recall.value))}" fill="${colours[arm]}"/>`,
      `<line x1="${middle}" x2="${middle}" y1="${y(recall.low)}" y2="${y(recall.high)}" stroke="#222"/>`,
    ];
  });
  return [text(left, panel.top - 14, 'start', `key facts said: ${title}`), ...marks, ...bars];
}

function legend(top: number): string[] {
  return armNames.flatMap((arm, index) => [
    `<rect x="${panel.left}" y="${top + index * legendLine - 9}" width="12" height="12" fill="${colours[arm]}"/>`,
    text(panel.left + 20, top + index * legendLine + 2, 'start', armTitles[arm]),
  ]);
}

function text(x: number, y: number, anchor: string, content: string): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
