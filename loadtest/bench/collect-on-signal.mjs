// Loaded into a server under measurement: a full garbage collection whenever it is asked for by a signal.
process.on("SIGUSR2", () => globalThis.gc());
