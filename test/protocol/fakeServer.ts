import { serveStdio } from '../../server/lsp/stdio';
import { createFakeEngine } from './fakes';

// The real process around the hand-written engine: signals, pipes and exit codes need no model.
serveStdio(createFakeEngine);
