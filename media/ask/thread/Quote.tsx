import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Citation } from '../../../protocol/messages';
import type { CitationChange } from '../../../src/ask/model/state';
import { dedented, splitPath, visible } from '../../../src/ask/model/text';
import { shownLines } from '../../../src/ask/model/words';
import { useWords } from '../context';
import { highlightedLines, languageOf } from '../highlight';
import { Icon } from '../Icon';
import { safeNodes } from '../safeNodes';

/** The number that is pointed at. */
export interface Anchor {
  n: number;
  element: HTMLElement;
  /** `leaving`: the pointer may be on its way from the number to the quotation. */
  reason: 'pointer' | 'focus' | 'leaving';
}

export type SetAnchor = (
  change: Anchor | undefined | ((before: Anchor | undefined) => Anchor | undefined),
) => void;

const openDelayMs = 250;
const leaveDelayMs = 200;
const marginPx = 6;
/** A block has some ten lines; a longer one can be read in its file. */
const shownLinesMax = 24;
const shownCharsMax = 3_000;

interface QuoteProps {
  id: string;
  citation: Citation;
  change: CitationChange['state'] | undefined;
  strength: { title: string } | undefined;
  anchor: Anchor;
  onAnchor: SetAnchor;
}

/** The quoted lines, beside the number that stands for them. */
export function Quote({ id, citation, change, strength, anchor, onAnchor }: QuoteProps): VNode | null {
  const { strings } = useWords();
  const element = useRef<HTMLDivElement>(null);
  const isOpen = useOpened(anchor, onAnchor);
  usePosition(element, anchor, isOpen);
  const { folder, name } = splitPath(visible(citation.path));
  const changedText = change && strings[`${change}Short`];
  return (
    <div
      ref={element}
      id={id}
      role="tooltip"
      class="quote"
      hidden={!isOpen}
      onPointerEnter={() => {
        onAnchor((before) => before && { ...before, reason: 'pointer' });
      }}
      onPointerLeave={() => {
        onAnchor((before) => before && { ...before, reason: 'leaving' });
      }}
    >
      <p class="quote-head">
        <span class="place-name">
          {name}:{shownLines(citation)}
        </span>
        <span class="place-folder"> {folder}</span>
      </p>
      {changedText !== undefined && (
        <p class="quote-changed">
          <Icon name="history" /> {changedText}
        </p>
      )}
      {strength && <p class="quote-strength">{strength.title}</p>}
      <QuotedCode citation={citation} />
    </div>
  );
}

function QuotedCode({ citation }: { citation: Citation }): VNode {
  const { text, path, startLine } = citation;
  const lines = useMemo(() => {
    const shown = visible(text).slice(0, shownCharsMax).split('\n').slice(0, shownLinesMax);
    return highlightedLines(dedented(shown).join('\n'), languageOf(path)).map((line) =>
      safeNodes(line, () => undefined),
    );
  }, [text, path]);
  return (
    <pre dir="ltr">
      <code>
        {lines.map((line, i) => (
          <span key={i} class="quoted-line">
            <span class="line-number" data-line={startLine + i} />
            <span class="line-text">{line}</span>
          </span>
        ))}
      </code>
    </pre>
  );
}

/** A pointer that only passes by opens nothing; one that leaves for a moment closes nothing. */
function useOpened(anchor: Anchor, onAnchor: SetAnchor): boolean {
  const [opened, setOpened] = useState<HTMLElement>();
  const isOpen = opened === anchor.element;
  useEffect(() => {
    if (anchor.reason === 'focus') {
      setOpened(anchor.element);
      return;
    }
    const isLeaving = anchor.reason === 'leaving';
    const timer = setTimeout(
      () => {
        if (isLeaving) onAnchor(undefined);
        else setOpened(anchor.element);
      },
      isLeaving ? leaveDelayMs : openDelayMs,
    );
    return () => {
      clearTimeout(timer);
    };
  }, [anchor]);
  useEffect(() => {
    const close = (): void => {
      onAnchor(undefined);
    };
    const closeByKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      close();
    };
    const scroller = anchor.element.closest('.transcript');
    document.addEventListener('keydown', closeByKey, { capture: true });
    scroller?.addEventListener('wheel', close, { passive: true });
    return () => {
      document.removeEventListener('keydown', closeByKey, { capture: true });
      scroller?.removeEventListener('wheel', close);
    };
  }, [anchor.element]);
  return isOpen;
}

/** Above the number where there is room, else below; never beyond the page's sides. */
function usePosition(element: { current: HTMLDivElement | null }, anchor: Anchor, isOpen: boolean): void {
  useLayoutEffect(() => {
    const quote = element.current;
    if (!quote || !isOpen) return;
    const number = anchor.element.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = quote;
    const above = number.top - offsetHeight - marginPx;
    const below = Math.min(number.bottom + marginPx, window.innerHeight - offsetHeight - marginPx);
    const left = Math.min(number.left, window.innerWidth - offsetWidth - marginPx);
    quote.style.top = `${Math.max(above >= marginPx ? above : below, marginPx)}px`;
    quote.style.left = `${Math.max(left, marginPx)}px`;
  });
}
