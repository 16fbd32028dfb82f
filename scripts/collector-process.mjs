/** What Node must know of the collector before it runs a line of it. */

/**
 * Bodies lie outside of the JavaScript heap, and yet each 30 MiB of them would have the whole heap
 * marked: nearly half of what intake costs. Above this size collections come by what is alive.
 */
const oldSpace = '--initial-old-space-size=128'

/** What is young is garbage within milliseconds: left alone, Node keeps 134 MB for it and is no quicker. */
const youngSpace = '--max-semi-space-size=16'

export const collectorFlags = [oldSpace, youngSpace]

/** Journal flushes must not queue behind hashing and zlib. */
const threads = { UV_THREADPOOL_SIZE: '16' }

/**
 * Bodies come and go, in several threads, and glibc keeps what they leave behind: a pool for each thread,
 * no mapping of its own for what is large. Two pools, and large pieces given back at once.
 */
const malloc = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: String(2 ** 20),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 20),
}

export const collectorEnvironment = { ...threads, ...malloc }
