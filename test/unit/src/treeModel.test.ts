import { describe, expect, it } from 'vitest';
import type { StatusResult } from '../../../protocol/messages';
import { initialState } from '../../../src/index/state';
import { indexRows, type TreeRow } from '../../../src/index/treeModel';
import type { WorkspaceFacts } from '../../../src/index/workspaceFacts';
import { factsOf, status } from './facts';
import { plain } from './plain';

const roots = [{ name: 'app', root: '/repos/app' }];
const rowsOf = (facts = factsOf()): TreeRow[] => indexRows(facts, roots, plain, 'en');
const row = (id: string, facts = factsOf()): TreeRow | undefined =>
  rowsOf(facts).find((found) => found.id === id);

describe('the tree of the index', () => {
  it('tells state, roots, files, disk and model', () => {
    expect(rowsOf().map(({ label, description }) => `${label}: ${description ?? ''}`)).toEqual([
      'Up to date: 150 blocks',
      'app: /repos/app',
      'Done: 9 files',
      'Waiting: 3 files',
      'Skipped: 5 files',
      'On disk: 1.5 MB, quota 2 GB',
      'Model: small-landmark',
      'Runs on: CPU',
    ]);
  });

  it('tells who answers, where it is another model than the one that finds', () => {
    const told = row(
      'reader',
      factsOf({ status: { ...status, model: { ...status.model, reader: 'large' } } }),
    )!;
    expect([told.label, told.description]).toEqual(['Answers', 'large']);
    expect(told.tooltip).toBe('small-landmark finds the blocks; large reads them and answers.');
    expect(row('reader')).toBeUndefined();
  });

  it('groups skipped files by reason, the most frequent first, and says how many are not named', () => {
    const skipped = row('skipped')!.children!;
    expect(skipped.map(({ label, description }) => [label, description])).toEqual([
      ['Too large', '3'],
      ['Not text', '2'],
    ]);
    expect(skipped[0]!.children!.map(({ label }) => label)).toEqual(['data.json', 'and 2 more']);
    expect(skipped[1]!.children!.map(({ path }) => path)).toEqual(['logo.png', 'font.ttf']);
  });

  it('has no rows where a welcome text stands in their place', () => {
    expect(rowsOf(factsOf({ workspace: 'none' }))).toEqual([]);
    expect(rowsOf(factsOf({ workspace: 'virtual' }))).toEqual([]);
    expect(rowsOf(factsOf({ isTrusted: false }))).toEqual([]);
    expect(rowsOf(factsOf({ index: initialState(false, false) }))).toEqual([]);
    expect(
      rowsOf(factsOf({ model: 'missing', status: { ...status, workspace: undefined } as never })),
    ).toEqual([]);
  });

  it('has ids that are unique, so that the tree keeps what is open', () => {
    const all = (rows: readonly TreeRow[]): string[] =>
      rows.flatMap(({ id, children }) => [id, ...all(children ?? [])]);
    const ids = all(rowsOf());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tells of a team store where one is named, and offers to sign in where it refuses', () => {
    const team = {
      endpoint: 'https://s3.example.com',
      bucket: 'team',
      access: 'readWrite',
      state: 'ready',
      fetched: 1200,
      rejected: 0,
      uploaded: 7,
      waiting: 0,
      dropped: 0,
    } as const;
    const rowOf = (teamStore: StatusResult['teamStore']) =>
      indexRows(factsOf({ status: { ...status, ...(teamStore && { teamStore }) } }), [], plain, 'en').find(
        ({ id }) => id === 'team',
      );
    expect(rowOf(undefined)).toBeUndefined();
    expect(rowOf(team)).toMatchObject({
      description: '1,200 taken, 7 put',
      tooltip: 'https://s3.example.com/team',
    });
    expect(rowOf({ ...team, access: 'read' })?.description).toBe('1,200 taken');
    const refused = rowOf({ ...team, state: 'refused', problem: 'Sign in again.', rejected: 2 });
    expect(refused).toMatchObject({ description: 'refuses', command: 'landmark.teamStore.signIn' });
    expect(refused?.tooltip).toMatch(/^Sign in again\.\n2 records were refused/);
  });

  it('tells how many lines were too long to be read whole', () => {
    const cut = (linesCut: number): string | undefined => {
      const report = { linesCut } as NonNullable<WorkspaceFacts['index']['report']>;
      return row('cut', factsOf({ index: { ...factsOf().index, report } }))?.description;
    };
    expect([cut(0), cut(1), cut(1200)]).toEqual([undefined, '1 line', '1,200 lines']);
  });

  it.each(['missing', 'getting', 'paused', 'failed'] as const)(
    'is not up to date while the model is %s',
    (model) => {
      expect(row('state', factsOf({ model }))).toMatchObject({ label: 'Waiting for the model' });
    },
  );

  it('offers to get a model that is missing', () => {
    const facts = factsOf({ model: 'missing' });
    expect(row('model', facts)).toMatchObject({
      description: 'small-landmark: not here yet',
      context: 'landmark.model.missing',
    });
  });
});
