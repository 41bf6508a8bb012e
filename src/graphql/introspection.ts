import { NoSchemaIntrospectionCustomRule, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** Keeps the schema to itself, on every transport: it can't be asked for, and no error suggests a name out of it. */
export function useNoIntrospection(): Plugin {
  return {
    onValidate({ addValidationRule, setValidationFn }) {
      addValidationRule(NoSchemaIntrospectionCustomRule)
      setValidationFn((schema, document, rules) => validate(schema, document, rules, { hideSuggestions: true }))
    },
  }
}
