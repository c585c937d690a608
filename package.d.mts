export const targets: readonly string[];
export const packageBytesMax: number;
export interface ExtensionPackage {
  path: string;
  bytes: number;
  /** Paths as they stand in the file, sorted. */
  files: string[];
}
export function packageExtension(target: string, out?: string): Promise<ExtensionPackage>;
export function unexpectedFiles(files: readonly string[], target: string): string[];
export function withoutFileLinks(text: string): string;
export function filesOf(path: string): Promise<string[]>;
