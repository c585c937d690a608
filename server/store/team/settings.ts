import type { TeamStoreSettings } from '../../../protocol/messages';

/** Names of buckets as S3 has them. */
const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** What needs no escaping in a path. */
const prefixPattern = /^[\w.-]+(\/[\w.-]+)*$/;
const regionPattern = /^[\w-]{1,64}$/;
const prefixCharsMax = 200;

/** Where records are kept. */
export interface TeamPlace {
  /** Without a slash at its end. */
  endpoint: string;
  bucket: string;
  /** Without slashes at its ends; may be empty. */
  prefix: string;
  region: string;
}

/** Reads the settings, or says what is wrong with them. */
export function placeOf(
  settings: TeamStoreSettings,
  env: NodeJS.ProcessEnv,
): TeamPlace | { problem: string } {
  const { bucket } = settings;
  const endpoint = endpointOf(settings.endpoint);
  const prefix = (settings.prefix ?? '').replace(/^\/+|\/+$/g, '');
  const region = settings.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  if (endpoint === undefined) {
    return wrong('endpoint', 'an address such as https://s3.example.com, without user, query or fragment');
  }
  if (!bucketPattern.test(bucket)) return wrong('bucket', 'the name of a bucket');
  const isPath = prefix === '' || (prefixPattern.test(prefix) && !/(^|\/)\.{1,2}(\/|$)/.test(prefix));
  if (!isPath || prefix.length > prefixCharsMax) {
    return wrong('prefix', `a path of letters, digits, ".", "_", "-" and "/" (at most ${prefixCharsMax})`);
  }
  if (!regionPattern.test(region)) return wrong('region', 'the name of a region, such as eu-central-1');
  return { endpoint, bucket, prefix, region };
}

/** A password in an address would stand in a settings file, and in whatever names the address. */
function endpointOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || !['https:', 'http:'].includes(url.protocol)) return undefined;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function wrong(name: string, what: string): { problem: string } {
  return { problem: `The ${name} of the team store must be ${what}.` };
}
