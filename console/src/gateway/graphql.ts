/**
 * What `@bot-agent-gateway/client` takes from the package `graphql`, whose parser would be a tenth of the page. It stands in the place of that package:
 * vite.config.ts. All operations of the page were parsed when they were written: operation-types.ts.
 */
export function parse(text: string): string {
  return text
}

export function getOperationAST(text: string) {
  return {
    operation: text.startsWith('subscription') ? 'subscription' : 'query',
    variableDefinitions: [...text.matchAll(/\$(\w+):/g)].map(([, value]) => ({ variable: { name: { value } } })),
  }
}
