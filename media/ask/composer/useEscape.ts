import { useLayoutEffect, useRef } from 'preact/hooks';

/** Escape, wherever the focus is in the page; whatever the key closes there comes first. */
export function useEscape(isOn: boolean, onEscape: () => void): void {
  const call = useRef(onEscape);
  call.current = onEscape;
  // With the rendering: an Escape right after the answer has ended must not stop anything.
  useLayoutEffect(() => {
    if (!isOn) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
      event.preventDefault();
      call.current();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [isOn]);
}
