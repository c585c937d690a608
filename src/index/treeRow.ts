/** A row of the view "Index", before any editor draws it. */
export interface TreeRow {
  id: string;
  label: string;
  description?: string;
  tooltip?: string;
  icon: string;
  /** A theme colour of the icon. */
  color?: string;
  /** What menus ask of it. */
  context?: string;
  command?: string;
  /** A path of the protocol: the row opens it, and is drawn as a file. */
  path?: string;
  children?: TreeRow[];
  isOpen?: boolean;
}
