import * as vscode from 'vscode';
import type { BlockHit } from '../../protocol/messages';
import { uriOf } from '../roots';
import { fill, splitPath, visible } from './model/text';
import { counted, foundBy, likelihood, score, shownLines, strongestHeads, wholeNumber } from './model/words';
import type { HostStrings } from './strings';

export const readView = 'landmark.read';
export const openReadCommand = 'landmark.read.open';

type Node = { kind: 'file'; path: string; hits: BlockHit[] } | { kind: 'block'; hit: BlockHit; at: number };

const byLine = (left: BlockHit, right: BlockHit): number => left.startLine - right.startLine;

/** What the answer was made from: files, and their blocks with score and reason. */
export class ReadTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<Node>;
  private files: Extract<Node, { kind: 'file' }>[] = [];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly strings: HostStrings,
    private readonly language: string,
  ) {
    this.view = vscode.window.createTreeView<Node>(readView, {
      treeDataProvider: this,
      showCollapseAll: true,
    });
  }

  show(question: string, hits: readonly BlockHit[]): void {
    const byPath = new Map<string, BlockHit[]>();
    for (const hit of hits) byPath.set(hit.path, [...(byPath.get(hit.path) ?? []), hit]);
    // The best stands first here; in the context it stands last, where the question follows it.
    const best = (ofFile: readonly BlockHit[]): number => Math.max(...ofFile.map(({ score }) => score));
    this.files = [...byPath]
      .sort(([, left], [, right]) => best(right) - best(left))
      .map(([path, ofFile]) => ({ kind: 'file', path, hits: ofFile.sort(byLine) }));
    this.view.description = question;
    this.changed.fire(undefined);
    void vscode.commands.executeCommand('setContext', 'landmark.hasRead', hits.length > 0);
  }

  getChildren(node?: Node): Node[] {
    if (!node) return this.files;
    return node.kind === 'file' ? node.hits.map((hit, at) => ({ kind: 'block', hit, at })) : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.kind === 'file' ? this.fileItem(node) : this.blockItem(node);
  }

  dispose(): void {
    this.view.dispose();
    this.changed.dispose();
  }

  private fileItem({ path, hits }: Extract<Node, { kind: 'file' }>): vscode.TreeItem {
    const { strings, language } = this;
    const { name, folder } = splitPath(visible(path));
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
    const count = counted(hits.length, strings.blockOne, strings.blockMany, { language });
    const uri = uriOf(path);
    item.id = path;
    if (uri) item.resourceUri = uri;
    item.iconPath = vscode.ThemeIcon.File;
    item.description = folder === '' ? count : `${folder} · ${count}`;
    item.tooltip = visible(path);
    return item;
  }

  private blockItem({ hit, at }: Extract<Node, { kind: 'block' }>): vscode.TreeItem {
    const { strings, language } = this;
    const isLine = hit.startLine === hit.endLine;
    const label = isLine
      ? fill(strings.line, hit.startLine)
      : fill(strings.lines, hit.startLine, hit.endLine);
    const item = new vscode.TreeItem(label);
    const why = foundBy(hit, strings) ?? strings.byNeighbour;
    // A long line is several blocks, all of the same lines.
    item.id = `${hit.path}:${shownLines(hit)}:${at}`;
    item.description = hit.score > 0 ? `${score(hit.score, { language })} · ${why}` : why;
    item.tooltip = this.details(hit).join('\n');
    item.accessibilityInformation = { label: `${label}, ${item.description}` };
    item.command = { command: openReadCommand, title: label, arguments: [hit] };
    return item;
  }

  private details(hit: BlockHit): string[] {
    const { strings, language } = this;
    const evidence = (template: string, rank: number | null, n: number | null): string[] =>
      rank === null ? [] : [fill(template, wholeNumber(rank, { language }), score(n ?? 0, { language }))];
    const likely = likelihood(hit, { language });
    const heads = strongestHeads(hit, { strings, language });
    return [
      `${visible(hit.path)}:${shownLines(hit)}`,
      ...(likely === '' ? [] : [fill(strings.probability, likely)]),
      ...evidence(strings.rankLandmark, hit.landmarkRank, hit.landmarkScore),
      ...(heads === '' ? [] : [fill(strings.heads, heads)]),
      ...evidence(strings.rankWords, hit.lexicalRank, hit.lexicalScore),
      ...(hit.words.length > 0 ? [fill(strings.matchedWords, hit.words.map(visible).join(', '))] : []),
    ];
  }
}
