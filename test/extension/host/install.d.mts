export interface InstalledHost {
  /** The folder that holds VS Code's out/server-main.js. */
  serverRoot: string;
  /** The path of the browser. */
  chromium: string;
}
export function ensureHost(): InstalledHost;
