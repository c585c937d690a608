import DOMPurify from 'dompurify';
import { h, type ComponentChild, type VNode } from 'preact';

/** What an answer may consist of; everything else is dropped, keeping its text. */
const allowedTags =
  'p br hr h3 h4 h5 h6 ul ol li blockquote pre code em strong s del table thead tbody tr th td span div'.split(
    ' ',
  );
const allowedAttributes = ['class', 'data-n', 'start'];

/** Makes an element of the page out of one of an answer; undefined leaves it as it is. */
export type Replace = (element: Element, children: ComponentChild[]) => VNode | null | undefined;

/**
 * HTML as nodes of the page, after a sanitizer. The nodes are compared with the ones that are there, so a number
 * keeps its focus while the rest of the answer still comes.
 */
export function safeNodes(html: string, replace: Replace): ComponentChild[] {
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: allowedTags,
    ALLOWED_ATTR: allowedAttributes,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  return childrenOf(fragment, replace);
}

function childrenOf(parent: Node, replace: Replace): ComponentChild[] {
  return [...parent.childNodes].map((node) => {
    if (node instanceof Element) return elementOf(node, replace);
    return node.nodeType === Node.TEXT_NODE ? node.textContent : null;
  });
}

function elementOf(element: Element, replace: Replace): VNode | null {
  const children = childrenOf(element, replace);
  const replaced = replace(element, children);
  if (replaced !== undefined) return replaced;
  const name = element.tagName.toLowerCase();
  return h(
    name,
    {
      ...(element.hasAttribute('class') && { class: element.getAttribute('class') ?? '' }),
      ...(element.hasAttribute('start') && { start: Number(element.getAttribute('start')) }),
    },
    ...children,
  );
}
