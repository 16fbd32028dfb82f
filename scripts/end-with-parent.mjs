// Loaded before a program that does not itself end when the launcher is gone (`node --import`).
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
