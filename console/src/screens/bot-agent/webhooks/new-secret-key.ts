/** @returns a new key in the form of Standard Webhooks */
export function newSecretKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24))
  return `whsec_${btoa(String.fromCharCode(...bytes))}`
}
