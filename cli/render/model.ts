import type {
  ModelListResult,
  ModelRemoveResult,
  ModelSummary,
  ModelVerifyResult,
} from '../../protocol/messages';
import { bytes, neutralize, neutralizeLine } from './text';

export function modelAdded(model: ModelSummary): string {
  return (
    `${neutralizeLine(model.name)} is ready: ${bytes(model.bytesOnDisk)} in ` +
    `${neutralizeLine(model.weightsFolder)} (${neutralizeLine(model.licence)}).\n` +
    (model.note === undefined ? '' : `${neutralizeLine(model.note)}\n`)
  );
}

export function modelList({ packages }: ModelListResult): string {
  if (packages.length === 0) return 'There are no model packages.\n';
  return packages
    .map((model) => {
      const form = model.form === undefined ? '' : `, products in ${model.form}`;
      const state =
        model.state === 'ready' ? `${bytes(model.bytesOnDisk)}${form}` : 'weights not on this machine';
      const name = neutralizeLine(model.name);
      return `${name}  ${state}  ${neutralizeLine(model.licence)}\n  ${neutralizeLine(model.folder)}\n`;
    })
    .join('');
}

export function modelVerified({ files }: ModelVerifyResult): string {
  return files
    .map(
      ({ file, ok, detail }) =>
        `${ok ? 'ok     ' : 'damaged'}  ${neutralizeLine(file)}  ${neutralize(detail)}\n`,
    )
    .join('');
}

export function modelRemoved({ name, bytesFreed }: ModelRemoveResult): string {
  return `Removed the weights of ${neutralizeLine(name)}: ${bytes(bytesFreed)} freed.\n`;
}
