import { useRef, useState } from 'preact/hooks';
import { useCommands, type Commands } from '../commands';
import { post } from '../host';

/** Part of a path after `@`, up to the caret. */
const naming = /(?:^|\s)@([^\s@]{0,100})$/;

export interface FileFinder {
  isOpen: boolean;
  paths: readonly string[];
  /** Index of the path that Enter takes. */
  active: number;
  /** Looks whether a file is being named at the caret. */
  look: () => void;
  /** Begins to name one. */
  start: () => void;
  close: () => void;
  choose: (path: string) => void;
  /** @returns whether the key was for the menu */
  takesKey: (event: KeyboardEvent) => boolean;
}

interface Found {
  query: string;
  paths: string[];
}

/** @param onChange new text of the input, its caret, and the path that was chosen if one was */
export function useFiles(
  input: { current: HTMLTextAreaElement | null },
  commands: Commands,
  onChange: (text: string, caret: number, path?: string) => void,
): FileFinder {
  const [found, setFound] = useState<Found>();
  const [active, setActive] = useState(0);
  const asked = useRef({ request: 0, query: '' });
  useCommands(commands, (command) => {
    if (command.type !== 'files' || command.request !== asked.current.request) return;
    setFound({ query: asked.current.query, paths: command.paths });
    setActive(0);
  });
  const close = (): void => {
    asked.current.request += 1;
    setFound(undefined);
  };
  const look = (): void => {
    const element = input.current;
    const named = element && naming.exec(element.value.slice(0, element.selectionStart));
    if (!named) {
      close();
      return;
    }
    asked.current = { request: asked.current.request + 1, query: named[1]! };
    post({ type: 'findFiles', ...asked.current });
  };
  const isOpen = found !== undefined;
  const paths = found?.paths ?? [];

  return { isOpen, paths, active, look, start, close, choose, takesKey };

  function start(): void {
    const element = input.current;
    if (!element) return;
    const { value, selectionStart } = element;
    const before = value.slice(0, selectionStart);
    const opened = `${before}${before === '' || /\s$/.test(before) ? '' : ' '}@`;
    onChange(opened + value.slice(selectionStart), opened.length);
    element.focus();
    // The input has its new text and caret by then.
    setTimeout(look, 50);
  }

  function choose(path: string): void {
    const element = input.current;
    if (!element) return;
    const { value, selectionStart } = element;
    const before = value.slice(0, selectionStart).replace(/@[^\s@]*$/, `${path} `);
    close();
    onChange(before + value.slice(selectionStart), before.length, path);
    element.focus();
  }

  function takesKey(event: KeyboardEvent): boolean {
    if (!isOpen) return false;
    const path = paths[active];
    if (event.key === 'Escape') close();
    else if (event.key === 'ArrowDown') setActive(Math.min(active + 1, paths.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0));
    else if ((event.key === 'Enter' || event.key === 'Tab') && path !== undefined) choose(path);
    else return false;
    event.preventDefault();
    return true;
  }
}
