import { render } from 'preact';
import type { HostMessage, TokenColors } from '../../src/ask/messages';
import { reduce } from '../../src/ask/model/reducer';
import type { AskState } from '../../src/ask/model/state';
import type { Words } from '../../src/ask/model/words';
import { App } from './App';
import { Commands } from './commands';
import { WordsProvider } from './context';
import { listen, post } from './host';

const commands = new Commands();
let state: AskState | undefined;
let words: Words | undefined;
/** Number of the last action that the state holds. */
let seq = 0;
let isDrawing = false;

listen(receive);
post({ type: 'ready' });

function receive(message: HostMessage): void {
  switch (message.type) {
    case 'init':
      state = message.state;
      seq = message.seq;
      words = { strings: message.strings, language: message.language };
      document.documentElement.lang = message.language;
      applyColors(message.colors);
      break;
    case 'action':
      if (!state || message.seq <= seq) return;
      seq = message.seq;
      state = reduce(state, message.action);
      break;
    case 'colors':
      applyColors(message.colors);
      return;
    default:
      commands.send(message);
      return;
  }
  draw();
}

/** At most once a frame, however many messages arrive in it. */
function draw(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    const root = document.getElementById('root');
    if (!root || !state || !words) return;
    render(
      <WordsProvider value={words}>
        <App state={state} commands={commands} />
      </WordsProvider>,
      root,
    );
  });
}

/** Set through the object model: the page's policy allows no style in markup. */
function applyColors(colors: TokenColors): void {
  const { style } = document.documentElement;
  for (const name of [...style].filter((property) => property.startsWith('--token-'))) {
    style.removeProperty(name);
  }
  for (const [kind, color] of Object.entries(colors)) style.setProperty(`--token-${kind}`, color);
}
