import { getProfileName, parseKnownFiles } from '@smithy/shared-ini-file-loader';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** How a client hands over what its user has typed in: not with the protocol's messages, which may be traced. */
const handedOver = { keyId: 'LANDMARK_TEAM_STORE_KEY_ID', secret: 'LANDMARK_TEAM_STORE_SECRET' } as const;

export const noCredentials =
  'There are no credentials for the team store. Run "Landmark: Sign In to Team Store" in the editor, or set ' +
  'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them to the shared credentials file.';

/**
 * What the client handed over, else the environment, else the shared credentials and config files. What was handed
 * over is taken out of the environment, so that no process started from here inherits it.
 *
 * @returns asks anew at every call: files are rotated
 */
export function credentialsFrom(env: NodeJS.ProcessEnv): () => Promise<Credentials | undefined> {
  const typed = pair(env[handedOver.keyId], env[handedOver.secret]);
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
  for (const name of Object.values(handedOver)) delete env[name];
  return async () =>
    typed ??
    pair(env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY'], env['AWS_SESSION_TOKEN']) ??
    (await ofFiles());
}

async function ofFiles(): Promise<Credentials | undefined> {
  // A file that cannot be read holds none.
  const profiles = await parseKnownFiles({ ignoreCache: true }).catch(() => ({}) as Record<string, never>);
  const profile: Record<string, string | undefined> | undefined = profiles[getProfileName({})];
  return pair(
    profile?.['aws_access_key_id'],
    profile?.['aws_secret_access_key'],
    profile?.['aws_session_token'],
  );
}

function pair(
  accessKeyId?: string,
  secretAccessKey?: string,
  sessionToken?: string,
): Credentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
