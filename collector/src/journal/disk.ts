import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { takeWriterLock } from './writer-lock.ts'

/** A segment being written. */
export interface SegmentFile {
  /** @returns bytes written, which may be fewer than given */
  write: (buffers: Uint8Array[], position: number) => Promise<number>
  datasync: () => Promise<void>
  truncate: (sizeBytes: number) => Promise<void>
  close: () => Promise<void>
}

/** What the journal asks of a file system. Tests hand in one that fails on command. */
export interface Disk {
  makeDirectory: (path: string) => Promise<void>
  list: (dir: string) => Promise<{ name: string; sizeBytes: number }[]>
  create: (path: string) => Promise<SegmentFile>
  /** @returns a buffer that is the caller's; fewer bytes than asked for where the file ends */
  read: (path: string, position: number, lengthBytes: number) => Promise<Buffer>
  /** Writes a whole file and syncs it, replacing what was there. */
  write: (path: string, bytes: Uint8Array[]) => Promise<void>
  /** Makes what an earlier life left in a file durable. */
  sync: (path: string) => Promise<void>
  /** Cuts a file's end off and syncs it. */
  cut: (path: string, sizeBytes: number) => Promise<void>
  rename: (from: string, to: string) => Promise<void>
  unlink: (path: string) => Promise<void>
  syncDirectory: (path: string) => Promise<void>
  space: (path: string) => Promise<{ freeBytes: number; totalBytes: number }>
  /** Takes a directory for this process. @throws JournalLocked when another one has it */
  lock: (dir: string) => Promise<AsyncDisposable>
}

export const nodeDisk: Disk = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },

  async list(dir) {
    const names = await readdir(dir)
    return Promise.all(
      names.map(async (name) => ({ name, sizeBytes: (await lstat(join(dir, name))).size })),
    )
  },

  async create(path) {
    const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600)
    return {
      write: async (buffers, position) => (await file.writev(buffers, position)).bytesWritten,
      datasync: () => file.datasync(),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      close: () => file.close(),
    }
  },

  async read(path, position, lengthBytes) {
    await using file = await open(path, 'r')
    const bytes = Buffer.allocUnsafe(lengthBytes)
    let filled = 0
    while (filled < lengthBytes) {
      const { bytesRead } = await file.read(bytes, filled, lengthBytes - filled, position + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  },

  async write(path, bytes) {
    await using file = await open(path, 'w', 0o600)
    for (const part of bytes) await file.writeFile(part)
    await file.sync()
  },

  async sync(path) {
    await using file = await open(path, 'r+')
    await file.datasync()
  },

  async cut(path, sizeBytes) {
    await using file = await open(path, 'r+')
    await file.truncate(sizeBytes)
    await file.sync()
  },

  rename,
  unlink,

  async syncDirectory(path) {
    await using dir = await open(path, 'r')
    await dir.sync()
  },

  async space(path) {
    const { bavail, blocks, bsize } = await statfs(path)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  },

  lock: takeWriterLock,
}
