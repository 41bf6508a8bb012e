/** The entry. It is all that an older Node.js can read, so it can say what is wrong. */
const OLDEST = 24

if (Number.parseInt(process.versions.node, 10) < OLDEST) {
  process.stderr.write(`The gateway needs Node.js ${OLDEST} or newer. This is ${process.versions.node}.\n`)
  process.exitCode = 1
} else {
  await import('./gateway-process.ts')
}
