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

export function fieldErrorsOf(userErrors: readonly UserError[]): FieldError[] {
  return userErrors.map(({ field, message }) => ({
    path: field?.join('.') ?? '',
    message: plain(message),
    whole: message.replaceAll('`', ''),
  }))
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
