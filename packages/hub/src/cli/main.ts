/** Main: the command line `hermod`. Parses what was typed, carries it out, and ends with the code that says how it went. */
const LEAST = 24;

if (Number(process.versions.node.split(".", 1)[0]) < LEAST) {
  process.stderr.write(`hermod needs Node ${LEAST} or newer; this is ${process.version}\n`);
  process.exit(1);
}
// Loaded behind the question: an older Node cannot even read it.
const { run } = await import("./run.ts");
await run(process.argv.slice(2));
export {};
