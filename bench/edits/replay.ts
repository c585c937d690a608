/** How much of a file random edits of one line encode again, by each rule. */

import { cutBlocks } from '../../server/text/blocks';
import type { Tokenizer } from '../../server/text/tokenizer';
import { Pieces } from '../../server/text/cuts';
import { WindowCutter, type TextFile, type WindowLayout } from '../../server/text/windows';
import type { TextModel } from '../../server/model/modelHost';
import { decodeText } from '../../server/workspace/textLines';
import { defaultLimits } from '../../server/workspace/workspace';
import { randomNumbers } from '../retrieval/bootstrap';
import { definitionsOf } from './definitions';
import { rules, type NamedRule } from './rules';
import type { Project } from './sources';

export interface RuleFigures {
  rule: string;
  windows: number;
  blocks: number;
  /** Mean, prefix and header included. */
  tokensPerWindow: number;
  /** Of the functions that fit a window. */
  wholeFunctions: number;
  edits: {
    /** Encoded again, mean and 95th percentile. */
    windows: number;
    windowsP95: number;
    tokens: number;
    /** Of the tokens of the edited file's windows. */
    fileShare: number;
  };
}

export interface ProjectFigures {
  project: string;
  files: number;
  tokens: number;
  functions: number;
  rules: RuleFigures[];
}

interface Edit {
  fileIndex: number;
  lines: string[];
}

interface CutWindow {
  text: string;
  startLine: number;
  tokens: number;
  blocks: number;
}

const seed = 20_240_901;

export function replay({ name, files }: Project, text: TextModel, editCount: number): ProjectFigures {
  const tokenizer = remembering(text.tokenizer);
  const decoded = files.flatMap(({ path, text: content }): TextFile[] => {
    const result = decodeText(Buffer.from(content), defaultLimits.maxLineChars);
    return result.state === 'text' ? [{ path, lines: result.lines }] : [];
  });
  const edits = randomEdits(decoded, editCount);
  const functions = decoded.map(({ lines }) => definitionsOf(lines));
  const tokensOf = (lines: readonly string[]): number =>
    lines.reduce((sum, line) => sum + tokenizer.encodeText(`${line}\n`).length, 0);
  const measure = (rule: NamedRule): RuleFigures => {
    const cut = (file: TextFile): CutWindow[] => cutBy(rule, file, tokenizer, text.layout);
    const windows = decoded.map(cut);
    let [whole, fitting] = [0, 0];
    decoded.forEach((file, at) => {
      const starts = new Set(windows[at]!.map(({ startLine }) => startLine - 1));
      const { room } = new WindowCutter(file, tokenizer, text.layout);
      for (const { startLine, endLine } of functions[at]!) {
        if (tokensOf(file.lines.slice(startLine, endLine)) > room) continue;
        fitting++;
        let line = startLine + 1;
        while (line < endLine && !starts.has(line)) line++;
        if (line === endLine) whole++;
      }
    });
    const encoded = edits.map(({ fileIndex, lines }) => {
      const before = new Set(windows[fileIndex]!.map((window) => window.text));
      const after = cut({ path: decoded[fileIndex]!.path, lines });
      const changed = after.filter((window) => !before.has(window.text));
      return {
        windows: changed.length,
        tokens: sumTokens(changed),
        share: sumTokens(changed) / sumTokens(after),
      };
    });
    const counts = encoded.map((edit) => edit.windows).sort((left, right) => left - right);
    const all = windows.flat();
    return {
      rule: rule.name,
      windows: all.length,
      blocks: all.reduce((sum, { blocks }) => sum + blocks, 0),
      tokensPerWindow: sumTokens(all) / all.length,
      wholeFunctions: whole / fitting,
      edits: {
        windows: mean(counts),
        windowsP95: counts[Math.floor(counts.length * 0.95)]!,
        tokens: mean(encoded.map(({ tokens }) => tokens)),
        fileShare: mean(encoded.map(({ share }) => share)),
      },
    };
  };
  return {
    project: name,
    files: decoded.length,
    tokens: decoded.reduce((sum, { lines }) => sum + tokensOf(lines), 0),
    functions: functions.flat().length,
    rules: rules.map(measure),
  };
}

/** A line of the project is put before a line, takes its place, or the line is taken out; lines are drawn evenly. */
function randomEdits(files: readonly TextFile[], count: number): Edit[] {
  const random = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const places = files.flatMap(({ lines }, fileIndex) => lines.map((line, at) => ({ fileIndex, at, line })));
  const texts = places.map(({ line }) => line).filter((line) => line.trim() !== '');
  const longer = places.filter(({ fileIndex }) => files[fileIndex]!.lines.length > 1);
  return Array.from({ length: count }, () => {
    const { fileIndex, at } = longer[below(longer.length)]!;
    const lines = [...files[fileIndex]!.lines];
    const [removed, added] = [
      [0, 1],
      [1, 0],
      [1, 1],
    ][below(3)] as [number, number];
    lines.splice(at, removed, ...(added > 0 ? [texts[below(texts.length)]!] : []));
    return { fileIndex, lines };
  });
}

function cutBy(rule: NamedRule, file: TextFile, tokenizer: Tokenizer, layout: WindowLayout): CutWindow[] {
  const { room } = new WindowCutter(file, tokenizer, layout);
  const pieces = new Pieces(file.lines, 1, tokenizer, room, layout.blockTokens);
  const opening = layout.windowTokens - room;
  const windows: CutWindow[] = [];
  for (let start = 0; pieces.at(start);) {
    const end = rule.end(pieces, start, room);
    const own = pieces.slice(start, end).map(({ tokens }) => tokens);
    windows.push({
      text: own.map((tokens) => tokens.join(' ')).join(' '),
      startLine: pieces.at(start)!.line,
      tokens: own.reduce((sum, { length }) => sum + length, opening),
      blocks: cutBlocks(own, layout.blockTokens).length,
    });
    start = end;
  }
  return windows;
}

/** The same lines come again with each edit and rule. */
function remembering(tokenizer: Tokenizer): Tokenizer {
  const known = new Map<string, number[]>();
  const encodeText = (line: string): number[] => {
    let tokens = known.get(line);
    if (!tokens) known.set(line, (tokens = tokenizer.encodeText(line)));
    return tokens;
  };
  return { ...tokenizer, encodeText };
}

function sumTokens(windows: readonly CutWindow[]): number {
  return windows.reduce((sum, { tokens }) => sum + tokens, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
