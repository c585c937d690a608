import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isSameChoice } from '../../../src/ask/model/scope';
import type { ScopeChoice } from '../../../src/ask/model/state';
import { fill } from '../../../src/ask/model/text';
import { useWords } from '../context';
import { post } from '../host';
import { Icon } from '../Icon';
import { scopeName } from '../scopeName';

const icons: Record<ScopeChoice['kind'], string> = {
  workspace: 'root-folder',
  folder: 'folder',
  openEditors: 'multiple-windows',
  currentFile: 'file',
};

interface PickerProps {
  choices: readonly ScopeChoice[];
  value: ScopeChoice;
  onChange: (choice: ScopeChoice) => void;
  /** Files named with `@` stand for the scope. */
  isOff: boolean;
}

/** Where the answer is looked for: a chip that opens a menu. */
export function ScopePicker({ choices, value, onChange, isOff }: PickerProps): VNode | null {
  const { strings } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  if (isOff) return null;
  const name = scopeName(value, strings);
  return (
    <div class="scope">
      <button
        ref={button}
        type="button"
        class="chip scope-chip"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={fill(strings.scopeLabel, name)}
        title={fill(strings.scopeLabel, name)}
        // A menu that is open would be closed by losing the focus, and be opened again.
        onPointerDown={(event) => {
          if (isOpen) event.preventDefault();
        }}
        onClick={() => {
          setIsOpen(!isOpen);
        }}
      >
        <Icon name={icons[value.kind]} />
        <span class="chip-text">{name}</span>
        <Icon name="chevron-down" />
      </button>
      {isOpen && (
        <ScopeMenu
          choices={choices}
          value={value}
          onChoose={onChange}
          onClose={(why) => {
            setIsOpen(false);
            if (why === 'done') button.current?.focus();
          }}
        />
      )}
    </div>
  );
}

interface MenuProps {
  choices: readonly ScopeChoice[];
  value: ScopeChoice;
  onChoose: (choice: ScopeChoice) => void;
  /** `left`: the focus is elsewhere already. */
  onClose: (why: 'done' | 'left') => void;
}

function ScopeMenu({ choices, value, onChoose, onClose }: MenuProps): VNode {
  const { strings } = useWords();
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    menu.current?.querySelector<HTMLElement>('[aria-checked=true]')?.focus();
  }, []);
  return (
    <div
      ref={menu}
      class="menu"
      role="menu"
      aria-label={strings.scopeMenu}
      onKeyDown={onKey}
      onFocusOut={({ relatedTarget, currentTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) onClose('left');
      }}
    >
      {choices.map((choice) => (
        <button
          key={JSON.stringify(choice)}
          type="button"
          role="menuitemradio"
          aria-checked={isSameChoice(choice, value)}
          tabIndex={-1}
          onClick={() => {
            onChoose(choice);
            onClose('done');
          }}
        >
          <Icon name={isSameChoice(choice, value) ? 'check' : 'blank'} />
          <span class="chip-text">{scopeName(choice, strings)}</span>
        </button>
      ))}
      <button
        type="button"
        role="menuitem"
        tabIndex={-1}
        onClick={() => {
          onClose('done');
          post({ type: 'chooseFolder' });
        }}
      >
        <Icon name="blank" />
        <span class="chip-text">{strings.scopeChooseFolder}</span>
      </button>
    </div>
  );

  function onKey(event: KeyboardEvent): void {
    const items = [...(menu.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
    const at = items.findIndex((item) => item === document.activeElement);
    const target = {
      ArrowDown: items[(at + 1) % items.length],
      ArrowUp: items.at(at - 1),
      Home: items[0],
      End: items.at(-1),
    }[event.key];
    if (target) target.focus();
    else if (event.key === 'Escape') onClose('done');
    else return;
    event.preventDefault();
  }
}
