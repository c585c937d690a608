import { keep, machine, publish, table } from '../support';
import type { Decoded, Pair } from './measure';

export type Row = { id: string } & Pair;

const perSecond = ({ tokens, elapsedMs }: Decoded): number => (tokens / elapsedMs) * 1000;

export function publishDecoding(model: string, rows: readonly Row[]): void {
  const head = ['question', 'context', 'tokens', 'plain', 'drafted', 'ratio', 'tokens a run', 'text'];
  const cells = rows.map((row) => {
    const same = row.sameTokens === row.plain.tokens && row.plain.tokens === row.drafted.tokens;
    return [
      row.id,
      String(row.contextTokens),
      String(row.plain.tokens),
      perSecond(row.plain).toFixed(1),
      perSecond(row.drafted).toFixed(1),
      (perSecond(row.drafted) / perSecond(row.plain)).toFixed(2),
      (row.drafted.tokens / row.drafted.runs).toFixed(2),
      same ? 'the same' : `differs after ${row.sameTokens} tokens`,
    ];
  });
  const totals = { plain: total(rows, 'plain'), drafted: total(rows, 'drafted') };
  const ratio = perSecond(totals.drafted) / perSecond(totals.plain);
  const ratios = rows.map((row) => perSecond(row.drafted) / perSecond(row.plain)).sort((a, b) => a - b);
  const medianRatio = ratios[ratios.length >> 1]!;
  const turned = rows.reduce((sum, { turnedChoices }) => sum + turnedChoices, 0);
  publish('decode', 'Greedy decoding, plain and with drafts', [
    `Tokens per second of \`${model}\` over answers to questions of bench/questions, without reading the prompt; both ways`,
    'in one run from the same cache, in alternating order. A ratio holds on a busy machine, a speed may not.',
    '',
    ...table(head, cells),
    '',
    `All: ${perSecond(totals.plain).toFixed(1)} plain, ${perSecond(totals.drafted).toFixed(1)} drafted, ` +
      `ratio ${ratio.toFixed(2)} (median of the questions ${medianRatio.toFixed(2)}); ` +
      `${(totals.drafted.tokens / totals.drafted.runs).toFixed(2)} tokens a run.`,
    `Of ${totals.plain.tokens} choices of the plain answers, judged again in runs of nine rows, ${turned} turned.`,
  ]);
  const result = { machine: machine(), model, ratio, medianRatio, turnedChoices: turned, ...totals, rows };
  keep('decode.json', `${JSON.stringify(result, null, 1)}\n`);
}

function total(rows: readonly Row[], which: 'plain' | 'drafted'): Decoded {
  const sum = (part: keyof Decoded): number => rows.reduce((all, row) => all + row[which][part], 0);
  return { tokens: sum('tokens'), runs: sum('runs'), elapsedMs: sum('elapsedMs') };
}
