import { randomInt } from 'node:crypto'

/** @returns a number that tells a running gateway from the others of its cluster */
export function newGatewayNumber(): number {
  return randomInt(2 ** 31)
}

/** @returns how callers and the log name it: 8 hex digits. The name of its host is not for callers. */
export function gatewayId(number: number): string {
  return number.toString(16).padStart(8, '0')
}
