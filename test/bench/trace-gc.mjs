import { setFlagsFromString } from 'node:v8'

// Loaded into the collector before its own code: it then prints a line about each collection of
// garbage, which tells how much was allocated in between.
setFlagsFromString('--trace-gc')
