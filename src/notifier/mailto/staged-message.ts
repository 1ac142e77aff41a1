/** Reads the headers of the message that a Sieve request names, which is the only way to learn its sender. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { basename, dirname, isAbsolute, normalize } from 'node:path';

/** Headers longer than this are not read to their end. */
const headLimit = 64 * 1024;

/**
 * The beginning of the staged message, with its headers; undefined when there is none to be read: Cyrus removes it
 * after the delivery, so that it is often gone.
 *
 * The path comes with the request, and any process that may write to the socket chooses it. So only a regular file directly in a
 * directory `stage.` is read (Cyrus `imap/append.c`), no symbolic link is followed to it, nothing is opened that could
 * block, and of what it holds only one thing can come out: that no notification is sent.
 */
export async function readStagedHead(fname: string): Promise<string | undefined> {
  const path = normalize(fname);
  if (!isAbsolute(fname) || fname.includes('\0') || fname.split('/').includes('..')) return undefined;
  if (basename(dirname(path)) !== 'stage.') return undefined;
  let file: FileHandle | undefined;
  try {
    // Asked before, because opening a device can itself do something; asked again after, because it may have changed.
    if (!(await lstat(path)).isFile()) return undefined;
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headLimit), 0, headLimit, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}
