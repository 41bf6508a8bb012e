import { Overloaded } from '../contract/request-error.ts'
import { type Context, viewerOf } from './context.ts'

const follow =
  'Pass it as `after` to a subscription to get every change since. Some of these may already be in what was read.'

/** The options of a field that tells where the feed was when something was read. */
export function readCursor(what: string) {
  return { description: `The cursor of the feed as of ${what}. ${follow}`, resolve: cursorOfRead }
}

/** @throws Overloaded if the feed had not settled yet, as in the first moments of a gateway */
function cursorOfRead(_parent: unknown, _args: object, context: Context): string {
  const { asOf, feed } = context
  if (!asOf) throw new Overloaded('The feed is not ready yet. Try again in a second.', 1)
  return feed.cursorAt(viewerOf(context).licenseId, asOf)
}
