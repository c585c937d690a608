import type { VNode } from 'preact';
import type { Citation } from '../../../protocol/messages';
import { fill, visible } from '../../../src/ask/model/text';
import { spokenLines } from '../../../src/ask/model/words';
import { useWords } from '../context';
import { post } from '../host';
import type { SetAnchor } from './Quote';

interface CitationProps {
  turnId: string;
  citation: Citation;
  /** The element that shows the quotation while this number is pointed at. */
  quoteId: string;
  onAnchor: SetAnchor;
}

/** A number in an answer: shows the lines it stands for, and opens them. */
export function CitationButton({ turnId, citation, quoteId, onAnchor }: CitationProps): VNode {
  const words = useWords();
  const { n, path } = citation;
  const show = (element: HTMLElement, reason: 'pointer' | 'focus'): void => {
    onAnchor((before) => {
      if (before?.element !== element) post({ type: 'checkCitation', turnId, n });
      return { n, element, reason };
    });
  };
  return (
    <button
      type="button"
      class="citation"
      aria-label={fill(words.strings.citation, n, visible(path), spokenLines(citation, words))}
      aria-describedby={quoteId}
      onClick={() => {
        post({ type: 'openCitation', turnId, n });
      }}
      onPointerEnter={({ currentTarget }) => {
        show(currentTarget, 'pointer');
      }}
      onPointerLeave={() => {
        onAnchor((anchor) => anchor && { ...anchor, reason: 'leaving' });
      }}
      onFocus={({ currentTarget }) => {
        if (currentTarget.matches(':focus-visible')) show(currentTarget, 'focus');
      }}
      onBlur={() => {
        onAnchor(undefined);
      }}
    >
      {n}
    </button>
  );
}
