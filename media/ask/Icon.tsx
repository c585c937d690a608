import type { VNode } from 'preact';

interface IconButtonProps {
  icon: string;
  label: string;
  onClick: () => void;
  class?: string;
  disabled?: boolean;
  spins?: boolean;
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
  spins = false,
  ...rest
}: IconButtonProps): VNode {
  return (
    <button
      type="button"
      class={`icon-button ${rest.class ?? ''}`}
      title={label}
      aria-label={label}
      disabled={disabled ?? false}
      onClick={onClick}
    >
      <Icon name={icon} spins={spins} />
    </button>
  );
}
