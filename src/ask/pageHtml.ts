import { randomBytes } from 'node:crypto';

export interface PageFiles {
  /** Where the page may load from, as a policy names it. */
  source: string;
  script: string;
  style: string;
}

/** Nothing but the page's own files may be loaded; no script or style stands in the markup. */
export function pageHtml({ source, script, style }: PageFiles): string {
  const nonce = randomBytes(16).toString('base64url');
  const policy = [
    "default-src 'none'",
    `style-src ${source}`,
    `font-src ${source}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Landmark</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<div id="root"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
