// Loaded into the API process: when the process that started it is gone, however it died, the API stops too.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
