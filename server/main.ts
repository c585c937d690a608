import { createEngine } from './answering/createEngine';
import { serveStdio } from './lsp/stdio';

serveStdio((options, documents) => createEngine(options, { documents }));
