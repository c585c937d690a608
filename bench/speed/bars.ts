/** Groups of bars, each group by its own scale: prefill and decoding differ by ten times. */

export interface Group {
  title: string;
  bars: readonly { name: string; value: number; colour: string }[];
}

const area = { left: 20, top: 48, height: 150, bar: 26, gap: 34 };
const legendColumn = 130;

export function plotBars(title: string, groups: readonly Group[]): string {
  const widths = groups.map(({ bars }) => bars.length * area.bar + area.gap);
  const names = new Map(
    groups.flatMap(({ bars }) => bars.map(({ name, colour }) => [name, colour] as const)),
  );
  const width =
    Math.max(area.left + widths.reduce((sum, one) => sum + one, 0), names.size * legendColumn) + 20;
  const height = area.top + area.height + 60;
  let left = area.left;
  const drawn = groups.flatMap((group, at) => {
    const lines = draw(group, left);
    left += widths[at]!;
    return lines;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(area.left, 18, 'start', title),
    ...drawn,
    ...[...names].flatMap(([name, colour], at) => {
      const x = area.left + at * legendColumn;
      return [
        `<rect x="${x}" y="${height - 22}" width="12" height="12" fill="${colour}"/>`,
        text(x + 17, height - 12, 'start', name),
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}

function draw({ title, bars }: Group, left: number): string[] {
  const most = Math.max(...bars.map(({ value }) => value));
  const bottom = area.top + area.height;
  const middle = left + (bars.length * area.bar) / 2;
  return [
    `<line x1="${left}" x2="${left + bars.length * area.bar}" y1="${bottom}" y2="${bottom}" stroke="#888"/>`,
    ...bars.flatMap(({ value, colour }, at) => {
      const height = Math.round((value / most) * area.height * 10) / 10;
      const x = left + at * area.bar + 2;
      const y = bottom - height;
      return [
        `<rect x="${x}" y="${y}" width="${area.bar - 4}" height="${height}" fill="${colour}"/>`,
        text(x + area.bar / 2 - 2, y - 4, 'middle', value >= 100 ? value.toFixed(0) : value.toFixed(1)),
      ];
    }),
    text(middle, bottom + 16, 'middle', title),
  ];
}

function text(x: number, y: number, anchor: string, content: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${content}</text>`;
}
