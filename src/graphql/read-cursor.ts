import { type Context, viewerOf } from './context.ts'

/**
 * The options of a field that tells where the feed was when something was read.
 * @param when such as `just before this read`
 * @param more what else to know of it
 */
export function readCursor(when: string, more = '') {
  return {
    nullable: true,
    description: `The cursor of the feed ${when}. Pass it as \`after\` to a subscription to get each of its events since; some of them may already be in what was read.${more} Null if it is not known yet, in the first moments of a gateway: ask again.`,
    resolve: cursorOfRead,
  } as const
}

/** The same for a page of a list. */
export function pageCursor() {
  return readCursor('just before this read', ' When you read several pages, keep the cursor of the first.')
}

function cursorOfRead(_parent: unknown, _args: object, context: Context): string | null {
  const { asOf, feed } = context
  return asOf ? feed.cursorAt(viewerOf(context).licenseId, asOf) : null
}
