/**
 * Translates a text of this extension, as `vscode.l10n.t` does. View models take it as an argument, so that they
 * run without an editor; every call has its text as a literal, from which the translations' completeness is tested.
 */
export type Translate = (text: string, ...values: (string | number | boolean)[]) => string;
