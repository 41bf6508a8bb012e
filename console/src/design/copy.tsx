import { useState } from 'react'
import { announce } from './announcer.tsx'
import { Button, IconButton } from './button.tsx'

/** Copies a text. @param props.label what is copied @param props.text with a caption beside the picture */
export function Copy({ value, label, caption }: { value: string | (() => string); label: string; caption?: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(typeof value === 'string' ? value : value())
    setCopied(true)
    announce('Copied')
    setTimeout(() => setCopied(false), 1_500)
  }
  const icon = copied ? 'check' : 'copy'
  return caption ? (
    <Button icon={icon} size="small" onClick={copy}>
      {copied ? 'Copied' : caption}
    </Button>
  ) : (
    <IconButton icon={icon} label={label} size="small" onClick={copy} />
  )
}
