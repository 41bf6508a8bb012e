import { buildSchema } from 'graphql'
import { expect, it } from 'vitest'
import { unannounced } from './breaking-changes.ts'

const before = buildSchema('type Query { botAgent(id: ID!): String, viewer: String }')
const now = buildSchema('type Query { botAgent(id: ID!, all: Boolean!): String, more: Int }')
const changes = ['A required arg all on Query.botAgent was added.', 'Query.viewer was removed.']

it('everything that a release has promised is still there, or its removal was announced', () => {
  expect(unannounced(before, now, '').sort()).toEqual(changes)
  expect(unannounced(before, now, `## Breaking\n- ${changes[1]}`)).toEqual([changes[0]])
  expect(unannounced(now, now, '')).toEqual([])
})
