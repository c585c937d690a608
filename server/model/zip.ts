import { buffer } from 'node:stream/consumers';
import { open, type Entry, type ZipFile } from 'yauzl';

/** Reads one file of a ZIP archive (a wheel is one); a member larger than `maxBytes` is refused unread. */
export async function readZipMember(path: string, member: string, maxBytes: number): Promise<Buffer> {
  const archive = await opened(path);
  try {
    const entry = await findEntry(archive, member);
    if (entry.uncompressedSize > maxBytes) throw new Error(`${member} has ${entry.uncompressedSize} bytes`);
    return await buffer(await entryStream(archive, entry));
  } finally {
    archive.close();
  }
}

function opened(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, archive) => {
      if (error) reject(error);
      else resolve(archive);
    });
  });
}

/** Wheels put their files under the package's name, so a member is known by the end of its path. */
function findEntry(archive: ZipFile, member: string): Promise<Entry> {
  return new Promise((resolve, reject) => {
    archive.on('entry', (entry: Entry) => {
      if (entry.fileName === member || entry.fileName.endsWith(`/${member}`)) resolve(entry);
      else archive.readEntry();
    });
    archive.on('end', () => {
      reject(new Error(`the archive has no ${member}`));
    });
    archive.on('error', reject);
    archive.readEntry();
  });
}

function entryStream(archive: ZipFile, entry: Entry): Promise<NodeJS.ReadableStream> {
  return new Promise((resolve, reject) => {
    archive.openReadStream(entry, (error, stream) => {
      if (error) reject(error);
      else resolve(stream);
    });
  });
}
