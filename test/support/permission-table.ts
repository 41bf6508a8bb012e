import { type Scope, scopes } from '../../src/identity/scope.ts'
import { newLicense } from './gateway.ts'

/** The owner of what a call is about, as the caller sees it. */
export const owners = ['foreign', 'other', 'own'] as const
export type Owner = (typeof owners)[number]

export interface Application {
  clientId: string
  licenseId: number
}

/** The application of the caller, another one of its license, and one of the same name in another license. */
export function newApplications(): Record<Owner, Application> {
  const licenseId = newLicense()
  return {
    own: { clientId: 'caller', licenseId },
    other: { clientId: 'neighbour', licenseId },
    foreign: { clientId: 'caller', licenseId: newLicense() },
  }
}

/** One column for a token without scopes, and one for each scope. */
export const columns: readonly (Scope | undefined)[] = [undefined, ...scopes]

/** What an allowed call returned, in the words of the table. @param ids of what each owner has */
export function found(answer: unknown, ids: Record<Owner, string | readonly string[]>): string {
  const text = JSON.stringify(answer)
  const whose = owners.filter((owner) => [ids[owner]].flat().some((id) => text.includes(id))).reverse()
  return whose.join(', ') || (isEmpty(answer) ? 'empty' : 'allowed')
}

/** Whether an answer holds only nulls, false, 0 and empty texts. */
function isEmpty(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null ? Object.values(answer).every(isEmpty) : !answer
}

/** The table in Markdown. */
export function permissionTable(what: string, rows: readonly (readonly string[])[]): string {
  const heading = [what, '`all`', 'whose', ...columns.map((scope) => scope ?? 'no scope')]
  return [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
