import type { VNode } from 'preact';
import { splitPath, visible } from '../../../src/ask/model/text';
import { shownLines } from '../../../src/ask/model/words';

interface PlaceProps {
  place: { path: string; startLine: number; endLine: number };
  n?: number;
  /** What is known of the place besides where it is. */
  detail?: { text: string; title: string } | undefined;
  onClick: () => void;
}

/** A place as lists of the editor show one: the name first, where it stands in a quieter colour. */
export function PlaceButton({ place, n, detail, onClick }: PlaceProps): VNode {
  const { folder, name } = splitPath(visible(place.path));
  const lines = shownLines(place);
  return (
    <button
      type="button"
      class="place"
      title={[`${visible(place.path)}:${lines}`, ...(detail ? [detail.title] : [])].join('\n')}
      onClick={onClick}
    >
      {n !== undefined && <span class="place-n">{n}</span>}
      <span class="place-name">
        {name}:{lines}
      </span>
      {detail && <span class="place-detail"> {detail.text}</span>}
      {folder !== '' && <span class="place-folder"> {folder}</span>}
    </button>
  );
}
