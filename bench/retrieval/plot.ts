/** A line for each arm: the share of questions whose gold lines are among the first N returned lines. */

import { armNames, armTitles, type ArmName } from './arms';
import type { Estimate } from './bootstrap';
import type { Measured } from './measure';
import { lineBudgets } from './metrics';
import { lineShares } from './report';

const colours: Record<ArmName, string> = {
  lexical: '#8a8a8a',
  landmark: '#0b6bcb',
  hybrid: '#0a8f5b',
  MiniLM: '#d1711f',
  'MiniLM + lexical': '#b03a6f',
};

const panel = { width: 320, height: 220, left: 40, top: 34, gap: 36 };
const legendHeight = 44;

export function plot(sets: readonly Measured[]): string {
  const width = panel.left + sets.length * (panel.width + panel.gap);
  const height = panel.top + panel.height + 40 + legendHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...sets.flatMap((set, index) => drawPanel(set, panel.left + index * (panel.width + panel.gap))),
    ...legend(height - legendHeight + 12),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, questions }: Measured, left: number): string[] {
  const bottom = panel.top + panel.height;
  const x = (index: number): number => left + 20 + (index * (panel.width - 40)) / (lineBudgets.length - 1);
  const y = (share: number): number => bottom - share * panel.height;
  const withLines = questions.filter(({ hasLines }) => hasLines);
  const marks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<line x1="${left}" x2="${left + panel.width}" y1="${y(share)}" y2="${y(share)}" stroke="#ddd"/>`,
    text(left - 6, y(share) + 4, 'end', String(share).replace(/^0\./, '.')),
  ]);
  const budgets = lineBudgets.map((budget, index) => text(x(index), bottom + 16, 'middle', String(budget)));
  return [
    text(left, panel.top - 14, 'start', `${title} (${withLines.length} questions)`),
    ...marks,
    ...budgets,
    text(left + panel.width / 2, bottom + 32, 'middle', 'returned lines'),
    ...armNames.flatMap((arm, index) =>
      drawArm(arm, lineShares(withLines, arm), (at) => x(at) + (index - 2) * 3, y),
    ),
  ];
}

function drawArm(
  arm: ArmName,
  shares: readonly Estimate[],
  x: (index: number) => number,
  y: (share: number) => number,
): string[] {
  const points = shares.map(({ value }, index) => `${round(x(index))},${round(y(value))}`);
  return [
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colours[arm]}" stroke-width="2"/>`,
    ...shares.map(
      ({ low, high }, index) =>
        `<line x1="${round(x(index))}" x2="${round(x(index))}" y1="${round(y(low))}" y2="${round(y(high))}" ` +
        `stroke="${colours[arm]}" stroke-opacity=".45"/>`,
    ),
  ];
}

function legend(top: number): string[] {
  return armNames.flatMap((arm, index) => {
    const [x, y] = [panel.left + (index % 3) * 200, top + Math.floor(index / 3) * 18];
    return [
      `<line x1="${x}" x2="${x + 18}" y1="${y}" y2="${y}" stroke="${colours[arm]}" stroke-width="3"/>`,
      text(x + 24, y + 4, 'start', armTitles[arm]),
    ];
  });
}

function text(x: number, y: number, anchor: string, content: string): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
