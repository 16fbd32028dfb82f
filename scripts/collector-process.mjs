/** What Node must know of the collector before it runs a line of it. */

/**
 * Bodies lie outside of the JavaScript heap, and yet each 30 MiB of them would have the whole heap
 * marked: nearly half of what intake costs. Above this size collections come by what is alive.
 */
export const collectorFlags = ['--initial-old-space-size=128']

/** Journal flushes must not queue behind hashing and zlib. */
export const collectorEnvironment = { UV_THREADPOOL_SIZE: '16' }
