/** What the page adds to the style of GraphiQL. */
export const style = `
body { display: flex; flex-direction: column; height: 100vh }
#root { flex: 1; min-height: 0; height: auto }
.graphiql-container { height: 100% }
.graphiql-logo { white-space: nowrap; padding-left: 12px }

/* GraphiQL transforms its tabs until one is pressed: then that tab jumps from under the pointer, and the click is lost. */
.graphiql-tab { transform: none !important }
.graphiql-tab > button.graphiql-tab-button { padding: 4px 18px 4px 8px }
.graphiql-tab > button.graphiql-tab-close { padding: 4px }
/* Where they do not fit into a row, they take another one: GraphiQL would have them scrolled, with the last ones out of sight. */
.graphiql-tabs { gap: 4px !important; flex-wrap: wrap; overflow: visible !important }
.graphiql-container .graphiql-session-header { height: auto; align-items: flex-start; padding-bottom: 1px }
.graphiql-tab:not(.graphiql-tab-active) { border-radius: 8px }
.graphiql-tab-add { margin-top: 4px }
.graphiql-tab-button[data-events]::before {
  content: '● ' attr(data-events) ' ';
  color: hsl(var(--color-success));
}

.graphiql-response { position: relative }
.welcome {
  position: absolute; inset: 0; padding: 15vh 32px 0; pointer-events: none;
  color: hsla(var(--color-neutral), 1); font-size: 15px; line-height: 1.5;
}
.welcome[hidden] { display: none }
.welcome h1 { font-size: 20px; margin: 0 0 16px }
.welcome p { margin: 0 0 12px; max-width: 32em }

#caller {
  flex: none; display: flex; gap: 16px; align-items: center; padding: 6px 16px;
  font: 13px var(--font-family, system-ui, sans-serif);
  color: hsl(219, 28%, 32%); background: hsl(219, 28%, 95%);
}
#caller.refused { color: hsl(0, 75%, 35%); background: hsl(0, 75%, 95%) }
#caller button { font: inherit; cursor: pointer }
body.graphiql-dark #caller { color: hsl(219, 29%, 78%); background: hsl(219, 29%, 14%) }
body.graphiql-dark #caller.refused { color: hsl(0, 75%, 80%); background: hsl(0, 40%, 16%) }
@media (prefers-color-scheme: dark) {
  body:not(.graphiql-light) #caller { color: hsl(219, 29%, 78%); background: hsl(219, 29%, 14%) }
  body:not(.graphiql-light) #caller.refused { color: hsl(0, 75%, 80%); background: hsl(0, 40%, 16%) }
}
`
