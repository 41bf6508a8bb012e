import { printSchemaWithDirectives } from '@graphql-tools/utils'
import type { GraphQLSchema } from 'graphql'

/** @returns the schema as in the file schema.graphql: in its own language, with `@auth` on what requires a permission */
export function printedSchema(schema: GraphQLSchema): string {
  // It indents the empty lines between paragraphs too, which the readers of diffs see.
  const printed = printSchemaWithDirectives(schema).replace(/^ +$/gm, '')
  return `# Printed by \`npm run schema\`; not to be edited.\n\n${printed}\n`
}
