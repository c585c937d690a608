import type { Translate } from '../../../src/view/translate';

/** Texts as they stand in the source, as an English editor shows them. */
export const plain: Translate = (text, ...values) =>
  text.replace(/\{(\d+)\}/g, (whole, at: string) => String(values[Number(at)] ?? whole));
