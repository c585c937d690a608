import { describe, expect, it } from 'vitest';
import { indexReport, statusReport } from '../../cli/render/report';
import { storedReport } from './support/indexReport';

describe('a team store on the command line', () => {
  it('is spoken of where windows came from it or went there', () => {
    expect(indexReport({ ...storedReport, sharedWindows: 0 })).toContain('The team store has all of it.\n');
    expect(indexReport({ ...storedReport, fetchedWindows: 0 })).not.toContain('team store');
    expect(indexReport({ ...storedReport, fetchedWindows: 1, sharedWindows: 3 })).toContain(
      'Nothing had to be encoded (12 ms).\nTook 1 window from the team store.\nPut 3 windows more into the team store.\n',
    );
  });

  it('says how a team store stands', () => {
    const teamStore = {
      endpoint: 'https://s3.example.com',
      bucket: 'team',
      access: 'readWrite' as const,
      state: 'refused' as const,
      problem: 'Sign in\x1b[2J again.',
      fetched: 1_200,
      rejected: 2,
      uploaded: 5,
      waiting: 0,
      dropped: 1,
    };
    const model = { state: 'notLoaded' as const, name: 'toy' };
    expect(statusReport({ serverVersion: '1.0.0', model, teamStore }).split('\n').slice(2)).toEqual([
      'Team store https://s3.example.com/team: refuses; everything works without it',
      expect.stringMatching(/^ {2}Sign in\S* again\.$/),
      '  1,200 records taken, 2 damaged or not what was asked for, 5 put, 0 waiting, 1 given up',
      '',
    ]);
  });
});
