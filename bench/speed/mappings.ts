/** Pages of weights that a process has mapped more than once, which the system counts for each mapping. */

/** A part of a file, mapped. */
interface Mapping {
  file: string;
  startByte: number;
  endByte: number;
  residentBytes: number;
}

/** Address range, permissions, offset in the file, device, inode, file: see proc_pid_smaps(5). */
const mappingLine = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+ +(.+)$/;
const otherMappingLine = /^[0-9a-f]+-[0-9a-f]+ /;

/**
 * Sessions map one weights file each for itself. Libraries are left out, whose mappings do not repeat each other, and so is
 * what other processes map: it is not this one's.
 *
 * The system tells how much of a mapping is resident, not which pages. So each is taken to be resident evenly, and where
 * several lie over the same stretch of a file, all but the fullest are repetitions: of two over the same range, the smaller
 * one. That is the most that can be repeated; mappings that are whole in memory are told exactly.
 *
 * @param smaps as Linux tells mappings, see proc_pid_smaps(5)
 */
export function repeatedBytes(smaps: string): number {
  const byFile = new Map<string, Mapping[]>();
  for (const mapping of weightMappings(smaps)) {
    byFile.set(mapping.file, [...(byFile.get(mapping.file) ?? []), mapping]);
  }
  return Math.round([...byFile.values()].reduce((sum, mappings) => sum + repeatedOf(mappings), 0));
}

function weightMappings(smaps: string): Mapping[] {
  const mappings: Mapping[] = [];
  let current: Mapping | undefined;
  for (const line of smaps.split('\n')) {
    const [, from, to, offset, file] = mappingLine.exec(line) ?? [];
    if (file !== undefined && /\.(?:bin|gguf)$/.test(file)) {
      const startByte = parseInt(offset!, 16);
      const endByte = startByte + parseInt(to!, 16) - parseInt(from!, 16);
      mappings.push((current = { file, startByte, endByte, residentBytes: 0 }));
    } else if (otherMappingLine.test(line)) current = undefined;
    const kilobytes = /^Rss: +(\d+) kB$/.exec(line)?.[1];
    if (current && kilobytes !== undefined) current.residentBytes = Number(kilobytes) * 1024;
  }
  return mappings;
}

/** Of one file: between two neighbouring ends of mappings, all that is resident but the most of one. */
function repeatedOf(mappings: readonly Mapping[]): number {
  const ends = [...new Set(mappings.flatMap(({ startByte, endByte }) => [startByte, endByte]))];
  ends.sort((left, right) => left - right);
  let repeated = 0;
  for (const [index, start] of ends.slice(0, -1).entries()) {
    const end = ends[index + 1]!;
    const resident = mappings
      .filter(({ startByte, endByte }) => startByte <= start && end <= endByte)
      .map(
        ({ startByte, endByte, residentBytes }) => (residentBytes * (end - start)) / (endByte - startByte),
      );
    repeated += resident.reduce((sum, bytes) => sum + bytes, 0) - Math.max(0, ...resident);
  }
  return repeated;
}
