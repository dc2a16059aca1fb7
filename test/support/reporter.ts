import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import Mocha from "mocha";

/** A test or hook that failed. */
export interface Failure {
  /** From the root of the repository. */
  readonly file: string;
  readonly title: string;
}

/** mocha's own output; what failed is also written, as JSON, to the file that the option `failures` names. */
class FailuresToo extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file: string | undefined = options.reporterOptions?.failures;
    const failures = () =>
      this.failures.map((one): Failure => ({ file: relative(process.cwd(), one.file!), title: one.fullTitle() }));
    if (file !== undefined) runner.once("end", () => writeFileSync(file, JSON.stringify(failures())));
  }
}

// mocha takes a reporter by `require`, to which a default export is a property of a namespace.
export { FailuresToo as "module.exports" };
