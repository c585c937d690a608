import type { TeamStoreSettings } from '../../../protocol/messages';
import { packageHashOf } from '../preamble';
import { credentialsFrom } from './credentials';
import { refusing } from './remoteRecords';
import { S3Records } from './s3Records';
import { placeOf } from './settings';
import type { TeamStoreOptions } from './teamStore';

/** Settings that name no place are no failure: the store works as without, and its status says what to correct. */
export function openTeamStore(
  settings: TeamStoreSettings,
  packageId: string,
  env: NodeJS.ProcessEnv,
): TeamStoreOptions {
  const { access } = settings;
  const credentials = credentialsFrom(env);
  const place = placeOf(settings, env);
  if ('problem' in place) {
    const records = refusing(place.problem);
    // What is wrong with an address may be a password in it.
    return { records, access, place: { endpoint: '', bucket: settings.bucket } };
  }
  const { endpoint, bucket } = place;
  const records = new S3Records(place, packageHashOf(packageId), credentials);
  return { records, access, place: { endpoint, bucket } };
}
