import { actionLabel } from '../../../words/action-words.ts'

/** Something that is wrong with a value of the form. */
export interface FieldError {
  /** Inside the input, such as `groups.0.id`; empty if no single field is at fault. */
  readonly path: string
  readonly message: string
  /** The message with the name of the field, for where the field is not in sight. */
  readonly whole: string
}

interface UserError {
  readonly field: readonly string[] | null
  readonly message: string
}

/** @param actions of the webhooks, which name the places inside them */
export function fieldErrorsOf(
  userErrors: readonly UserError[],
  actions: readonly { readonly name: string }[] = [],
): FieldError[] {
  return userErrors.map(({ field, message }) => {
    const path = field?.join('.') ?? ''
    const whole = path ? message.replace(/^`[^`]*`/, () => labelOf(path, actions)) : message
    return { path, message: plain(message), whole: whole.replaceAll('`', '') }
  })
}

/** Where people read something else than the name of the field. */
const labels: Readonly<Record<string, string>> = {
  avatar: 'Picture',
  maxChatsCount: 'Chats at the same time',
  url: 'URL',
  maxPerSecond: 'At most per second',
  exclude: 'But not by',
  agentsAny: 'Ids of agents',
  agentsExclude: 'Ids of agents',
  excludeValues: 'Values',
}

const rows: Readonly<Record<string, string>> = { groups: 'group', headers: 'header', chatProperties: 'condition' }

/** @returns the field at a path as people read it, and where it is, such as “Namespace (Incoming event, condition 1)” */
export function labelOf(path: string, actions: readonly { readonly name: string }[] = []): string {
  let field = ''
  const places: string[] = []
  for (const step of path.split('.')) {
    const index = Number(step)
    if (Number.isNaN(index)) field = step
    else {
      const action = field === 'actions' && actions[index]
      places.push(action ? actionLabel(action.name) : `${rows[field] ?? 'line'} ${index + 1}`)
    }
  }
  const label = labels[field] ?? actionLabel(field.replaceAll(/[A-Z]/g, '_$&'))
  return places.length > 0 ? `${label} (${places.join(', ')})` : label
}

/** @returns the message as it reads below its field, which the gateway names first */
function plain(message: string): string {
  const rest = message.replace(/^`[^`]*` /, '')
  return (rest.charAt(0).toUpperCase() + rest.slice(1)).replaceAll('`', '')
}

/** What is wrong with a field. @param options.inside also with what is inside it, as with a line of a list */
export function errorAt(
  errors: readonly FieldError[],
  path: string,
  { inside = false }: { inside?: boolean } = {},
): string | undefined {
  const found = errors.flatMap((error) => {
    if (error.path === path) return error.message
    if (!inside || !error.path.startsWith(`${path}.`)) return []
    const [, line] = /^(\d+)$/.exec(error.path.slice(path.length + 1)) ?? []
    return line === undefined ? error.message : `Line ${Number(line) + 1}: ${error.message}`
  })
  return found.length > 0 ? found.join(' ') : undefined
}

/** @returns the errors without those of a field that is edited, and of what is inside it */
export function without(errors: readonly FieldError[], path: string): readonly FieldError[] {
  const rest = errors.filter((error) => error.path !== path && !error.path.startsWith(`${path}.`))
  return rest.length === errors.length ? errors : rest
}
