import type { VNode } from 'preact';

interface IconButtonProps {
  icon: string;
  label: string;
  onClick: () => void;
  class?: string;
  disabled?: boolean;
  /** What it does is under way: it keeps the focus, and does nothing more. */
  isWorking?: boolean;
}

/** A picture of the editor's own icon font; what it means is said in words beside it. */
export function Icon({ name, spins }: { name: string; spins?: boolean }): VNode {
  return <span class={`codicon codicon-${name}${spins ? ' spin' : ''}`} aria-hidden="true" />;
}

export function IconButton({
  icon,
  label,
  onClick,
  disabled,
  isWorking = false,
  ...rest
}: IconButtonProps): VNode {
  return (
    <button
      type="button"
      class={`icon-button ${rest.class ?? ''}`}
      title={label}
      aria-label={label}
      disabled={disabled ?? false}
      aria-disabled={isWorking}
      onClick={isWorking ? undefined : onClick}
    >
      <Icon name={icon} spins={isWorking} />
    </button>
  );
}
