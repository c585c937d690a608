import { familyOf, type RecordForm } from './record';
import type { FoundRecord, Segment } from './segment';
import type { Family } from './shape';

/** Where a record lies. */
export interface Place {
  segment: Segment;
  offset: number;
  bytes: number;
  form: RecordForm;
  /** Of KV: when it was last read or written. */
  usedMs: number;
}

/** Where each record lies, as far as this process knows. Equal ids have equal content, so any place will do. */
export class RecordIndex {
  readonly segments = new Map<string, Segment>();
  /** By window id; KV in the order of use, the least recent first. */
  readonly places: Record<Family, Map<string, Place>> = { keys: new Map(), kv: new Map() };
  /** Set by every change, cleared by whoever saves it. */
  isChanged = false;

  /** @param kvForm of two forms of a window's KV this one is read */
  constructor(private readonly kvForm: RecordForm) {}

  addSegment(name: string, family: Family, modifiedMs: number): Segment {
    const segment: Segment = {
      name,
      family,
      bytes: 0,
      scannedBytes: 0,
      liveBytes: 0,
      modifiedMs,
      isOpen: false,
      isSealed: false,
    };
    this.segments.set(name, segment);
    this.isChanged = true;
    return segment;
  }

  /** The last place of a record that is put is the one that is read. */
  put(segment: Segment, { windowId, offset, bytes, form }: Omit<FoundRecord, 'dims'>, usedMs: number): void {
    const family = familyOf(form);
    if (family !== segment.family) return;
    const known = this.places[family].get(windowId);
    if (known && known.form !== form && known.form === this.kvForm) return;
    if (known) {
      // Moving a record says nothing about its use, so it keeps its turn.
      known.segment.liveBytes -= known.bytes;
      Object.assign(known, { segment, offset, bytes, form });
    } else this.places[family].set(windowId, { segment, offset, bytes, form, usedMs });
    segment.liveBytes += bytes;
    this.isChanged = true;
  }

  find(family: Family, windowId: string): Place | undefined {
    return this.places[family].get(windowId);
  }

  markUsed(windowId: string, usedMs: number): void {
    const place = this.places.kv.get(windowId);
    if (!place) return;
    place.usedMs = usedMs;
    this.places.kv.delete(windowId);
    this.places.kv.set(windowId, place);
    this.isChanged = true;
  }

  /** After segments were found in any order. */
  sortKvByUse(): void {
    const inOrder = [...this.places.kv].sort(([, left], [, right]) => left.usedMs - right.usedMs);
    this.places.kv = new Map(inOrder);
  }

  /** @returns whether there was one */
  drop(family: Family, windowId: string): boolean {
    const place = this.places[family].get(windowId);
    if (!place) return false;
    place.segment.liveBytes -= place.bytes;
    this.places[family].delete(windowId);
    this.isChanged = true;
    return true;
  }

  dropSegment(segment: Segment): void {
    for (const [windowId] of this.placesIn(segment)) this.drop(segment.family, windowId);
    this.segments.delete(segment.name);
    this.isChanged = true;
  }

  placesIn(segment: Segment): [string, Place][] {
    if (segment.liveBytes === 0) return [];
    return [...this.places[segment.family]].filter(([, place]) => place.segment === segment);
  }

  segmentsOf(family: Family): Segment[] {
    return [...this.segments.values()].filter((segment) => segment.family === family);
  }

  /** Bytes of all files of a family. */
  fileBytes(family: Family): number {
    return this.segmentsOf(family).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  liveBytes(family: Family): number {
    return this.segmentsOf(family).reduce((sum, { liveBytes }) => sum + liveBytes, 0);
  }
}
