/** How long the process may take to end by itself once all tests are over, in ms. */
const GRACE_MS = 20_000;

/**
 * The suite ends by itself, or fails by naming what still runs: a socket or child that a failed test left behind would
 * otherwise keep the process until whoever runs it loses patience, and the failure would be read as a time-out.
 * mocha's own `--exit` does not do: it hides leaks of tests that pass.
 */
export const mochaHooks = {
  afterAll(): void {
    const sure = setTimeout(() => {
      console.error(
        `still running ${GRACE_MS / 1000} s after the last test: ${process.getActiveResourcesInfo().join(", ")}`,
      );
      process.exit(1);
    }, GRACE_MS);
    sure.unref();
  },
};
