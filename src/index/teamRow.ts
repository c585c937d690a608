/** The row of the view "Index" that tells how the team store stands. Pure. */

import type { TeamStoreStatus } from '../../protocol/messages';
import { commands } from '../ids';
import { wholeNumber } from '../view/format';
import type { Translate } from '../view/translate';
import type { TreeRow } from './treeRow';

export function teamRow(team: TeamStoreStatus, t: Translate, language: string): TreeRow {
  const [fetched, uploaded, rejected] = [team.fetched, team.uploaded, team.rejected].map((n) =>
    wholeNumber(n, language),
  ) as [string, string, string];
  const counts =
    team.access === 'read' ? t('{0} taken', fetched) : t('{0} taken, {1} put', fetched, uploaded);
  const descriptions = {
    ready: counts,
    away: t('cannot be reached, tried again later'),
    refused: t('refuses'),
  };
  const refused =
    team.rejected > 0
      ? t('{0} records were refused: damaged, or not what was asked for', rejected)
      : undefined;
  const place = team.endpoint === '' ? team.bucket : `${team.endpoint}/${team.bucket}`;
  return {
    id: 'team',
    label: t('Team store'),
    description: descriptions[team.state],
    tooltip: [team.problem ?? place, refused].filter((line) => line !== undefined).join('\n'),
    icon: team.state === 'ready' ? 'organization' : 'warning',
    ...(team.state === 'refused' && { command: commands.signIn }),
  };
}
