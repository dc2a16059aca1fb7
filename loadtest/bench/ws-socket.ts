/*
 * Imported before the SDK, which takes the platform's WebSocket where there is one: the one that it brings along costs
 * less, and its socket can be asked for the bytes that came in.
 */
Reflect.deleteProperty(globalThis, "WebSocket");
