import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { fill, splitPath } from '../../../src/ask/model/text';
import { useWords } from '../context';
import type { FileFinder } from './useFiles';

export function optionId(at: number): string {
  return `file-option-${at}`;
}

/** Files that fit what was written after `@`. The focus stays in the input, which names the active one. */
export function FileMenu({ finder }: { finder: FileFinder }): VNode {
  const { strings } = useWords();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  });
  const { isOpen, paths, active } = finder;
  const count = paths.length === 0 ? strings.noFilesFound : fill(strings.filesFoundCount, paths.length);
  return (
    <>
      <span class="visually-hidden" role="status">
        {isOpen ? count : ''}
      </span>
      {isOpen && paths.length === 0 && <p class="menu file-menu quiet">{strings.noFilesFound}</p>}
      {isOpen && paths.length > 0 && (
        <ul ref={list} id="file-menu" class="menu file-menu" role="listbox" aria-label={strings.filesFound}>
          {paths.map((path, at) => (
            <li
              key={path}
              id={optionId(at)}
              role="option"
              aria-selected={at === active}
              title={path}
              onPointerDown={(event) => {
                // The input keeps the focus.
                event.preventDefault();
                finder.choose(path);
              }}
            >
              <span class="place-name">{splitPath(path).name}</span>
              <span class="place-folder"> {splitPath(path).folder}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
