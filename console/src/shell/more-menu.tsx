import { IconButton } from '../design/button.tsx'
import { Menu, MenuChoice, MenuLine, MenuLink, MenuTitle } from '../design/menu.tsx'
import { useTheme } from '../design/theme.ts'
import { GRAPHQL } from '../gateway/gateway.ts'
import { useSession } from '../session/use-session.ts'

/** What else the gateway serves, and how the console looks. */
export function MoreMenu() {
  const { served } = useSession()
  const [theme, setTheme] = useTheme()
  return (
    <Menu trigger={<IconButton icon="more" label="More" />}>
      <MenuTitle>The API</MenuTitle>
      {served.graphiql && (
        <MenuLink icon="external" href={GRAPHQL}>
          GraphiQL
        </MenuLink>
      )}
      {served.introspection && (
        <MenuLink icon="external" href="/schema.graphql">
          Schema with its docs
        </MenuLink>
      )}
      <MenuLink icon="external" href="/agents/openapi.json">
        OpenAPI of the HTTP methods
      </MenuLink>
      <MenuLine />
      <MenuChoice
        label="Appearance"
        value={theme}
        choices={[
          { value: 'system', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
        onChange={setTheme}
      />
    </Menu>
  )
}
