/** How memory and times grow with the workspace: two panels, both axes by powers of ten. */

export interface Line {
  name: string;
  colour: string;
  /** Tokens and a value above 0. */
  points: readonly (readonly [number, number])[];
}

export interface Panel {
  title: string;
  unit: string;
  lines: readonly Line[];
}

const area = { width: 320, height: 220, left: 56, top: 34, gap: 76 };
const lineHeight = 18;

export function plotGrowth(panels: readonly Panel[]): string {
  const width = panels.length * (area.left + area.width) + 40;
  const rows = Math.max(...panels.map(({ lines }) => lines.length));
  const height = area.top + area.height + 50 + rows * lineHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...panels.flatMap((panel, at) => draw(panel, area.left + at * (area.width + area.gap))),
    '</svg>',
    '',
  ].join('\n');
}

function draw({ title, unit, lines }: Panel, left: number): string[] {
  const bottom = area.top + area.height;
  const points = lines.flatMap((line) => line.points);
  const xs = powers(points.map(([tokens]) => tokens));
  const ys = powers(points.map(([, value]) => value));
  const x = scale(xs, left, left + area.width);
  const y = scale(ys, bottom, area.top);
  return [
    text(left, area.top - 14, 'start', `${title} (${unit})`),
    ...ys.flatMap((power) => [
      `<line x1="${left}" x2="${left + area.width}" y1="${y(power)}" y2="${y(power)}" stroke="#ddd"/>`,
      text(left - 6, y(power) + 4, 'end', power.toLocaleString('en')),
    ]),
    ...xs.map((power) => text(x(power), bottom + 16, 'middle', `${power / 1e6} M`)),
    text(left + area.width / 2, bottom + 32, 'middle', 'tokens'),
    ...lines.flatMap(({ name, colour, points: own }, at) => {
      const top = bottom + 50 + at * lineHeight;
      const path = own.map(([tokens, value]) => `${round(x(tokens))},${round(y(value))}`).join(' ');
      return [
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...own.map(
          ([tokens, value]) =>
            `<circle cx="${round(x(tokens))}" cy="${round(y(value))}" r="3" fill="${colour}"/>`,
        ),
        `<line x1="${left}" x2="${left + 18}" y1="${top}" y2="${top}" stroke="${colour}" stroke-width="3"/>`,
        text(left + 24, top + 4, 'start', name),
      ];
    }),
  ];
}

/** The powers of ten that hold all values between the first and the last; two at least. */
function powers(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at));
}

function scale(marks: readonly number[], from: number, to: number): (value: number) => number {
  const [low, high] = [Math.log10(marks[0]!), Math.log10(marks.at(-1)!)];
  return (value) => round(from + ((Math.log10(value) - low) / (high - low)) * (to - from));
}

function text(x: number, y: number, anchor: string, content: string): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
