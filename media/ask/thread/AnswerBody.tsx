import { h, type ComponentChild, type VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { annotated } from '../../../src/ask/model/annotate';
import type { ThreadTurn } from '../../../src/ask/model/state';
import { strengthText } from '../../../src/ask/model/words';
import { answerHtml } from '../answerHtml';
import { useWords } from '../context';
import { highlight } from '../highlight';
import { post } from '../host';
import { IconButton } from '../Icon';
import { safeNodes } from '../safeNodes';
import { CitationButton } from './CitationButton';
import { Quote, type Anchor } from './Quote';

/** The answer as Markdown, with its numbers in place. */
export function AnswerBody({ turn }: { turn: ThreadTurn }): VNode {
  const words = useWords();
  const { strings } = words;
  const [anchor, setAnchor] = useState<Anchor>();
  const { text, sentences, abstained, citations } = turn;
  const quoteId = `quote-${turn.id}`;
  const nodes = useMemo(
    () => safeNodes(answerHtml(annotated({ text, sentences, abstained }), highlight), replace),
    [text, sentences, abstained, citations],
  );
  const quoted = anchor && citations.find(({ n }) => n === anchor.n);
  return (
    <div class={turn.abstained ? 'answer abstained' : 'answer'} dir="auto">
      {nodes}
      {quoted && (
        <Quote
          id={quoteId}
          citation={quoted}
          change={turn.changes.find(({ n }) => n === quoted.n)?.state}
          strength={strengthText(turn.check, quoted.n, words)}
          anchor={anchor}
          onAnchor={setAnchor}
        />
      )}
    </div>
  );

  function replace(element: Element, children: ComponentChild[]): VNode | null | undefined {
    if (element.classList.contains('cite')) {
      const citation = citations.find(({ n }) => n === Number(element.getAttribute('data-n')));
      if (!citation) return null;
      return <CitationButton turnId={turn.id} citation={citation} quoteId={quoteId} onAnchor={setAnchor} />;
    }
    if (element.tagName === 'PRE' || element.tagName === 'TABLE') {
      // What scrolls sideways can be scrolled by the keyboard.
      return h(element.tagName.toLowerCase(), { tabIndex: 0 }, ...children);
    }
    if (element.classList.contains('unsupported')) {
      return (
        <span class="unsupported" title={strings.unsupportedTitle}>
          {children}
        </span>
      );
    }
    if (element.classList.contains('unsupported-end')) {
      return <span class="visually-hidden"> ({strings.unsupported})</span>;
    }
    if (element.classList.contains('unsupported-block')) {
      return <span class="unsupported-note">{strings.unsupported}</span>;
    }
    if (element.classList.contains('code')) {
      const code = element.textContent.replace(/\n$/, '');
      return (
        <div class="code">
          {children}
          <IconButton
            icon="copy"
            class="copy-code"
            label={strings.copyCode}
            onClick={() => {
              post({ type: 'copyText', text: code });
            }}
          />
        </div>
      );
    }
    return undefined;
  }
}
