import type { StreamEvent } from '../../protocol/messages';
import { percent } from '../view/format';
import type { Translate } from '../view/translate';

/** What the server is doing, in words and numbers. */
export function progressText(
  event: Extract<StreamEvent, { type: 'progress' }>,
  t: Translate,
  language: string,
): string {
  const words = stepText(event.phase, t);
  return event.total > 0 ? `${words} (${percent(event.done, event.total, language)})` : words;
}

function stepText(phase: Extract<StreamEvent, { type: 'progress' }>['phase'], t: Translate): string {
  switch (phase) {
    case 'fetch':
    case 'convert':
      return t('Getting the model');
    case 'model':
      return t('Loading the model');
    case 'walk':
      return t('Looking through the files');
    case 'index':
      return t('Reading the workspace');
    case 'route':
      return t('Searching');
    case 'read':
    case 'generate':
      return t('Reading');
  }
}
