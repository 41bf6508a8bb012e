import './design/tokens.css'
import './design/base.css'
import { setNonce } from 'get-nonce'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { applyTheme } from './design/theme.ts'

applyTheme()
// Under the content security policy, only styles with this nonce may be added.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce
if (nonce) setNonce(nonce)

const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
