/** What server/landmark/search/kernel.ts must hold. */
export function kernelModule(): Promise<string>;
