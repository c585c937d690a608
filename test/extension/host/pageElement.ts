/** As much of the DOM as the page object reads; the checkout's own code runs in Node and is typed without the DOM. */
export interface PageElement {
  id: string;
  textContent: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}
