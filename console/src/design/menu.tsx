import { DropdownMenu } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { Icon, type IconName } from './icon.tsx'
import styles from './overlay.module.css'

/** @param props.trigger the button that opens it */
export function Menu({ trigger, children }: { trigger: ReactElement; children: ReactNode }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          align="end"
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            // What was chosen has led elsewhere.
            if (document.activeElement !== document.body) event.preventDefault()
          }}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

interface ItemProps {
  icon?: IconName
  children: ReactNode
}

export function MenuItem({
  icon,
  danger = false,
  disabled = false,
  onSelect,
  children,
}: ItemProps & { danger?: boolean; disabled?: boolean; onSelect: () => void }) {
  return (
    <DropdownMenu.Item
      className={classNames(styles.item, danger && styles.danger)}
      disabled={disabled}
      onSelect={onSelect}
    >
      {icon && <Icon name={icon} size={16} />}
      {children}
    </DropdownMenu.Item>
  )
}

/** A link to what is not the console. It opens in another tab. */
export function MenuLink({ icon, href, children }: ItemProps & { href: string }) {
  return (
    <DropdownMenu.Item asChild>
      <a className={styles.item} href={href} target="_blank" rel="noreferrer">
        {icon && <Icon name={icon} size={16} />}
        {children}
      </a>
    </DropdownMenu.Item>
  )
}

/** One of several, of which one holds. */
export function MenuChoice<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string
  value: Value
  choices: readonly { readonly value: Value; readonly label: string }[]
  onChange: (value: Value) => void
}) {
  return (
    <DropdownMenu.RadioGroup
      value={value}
      onValueChange={(chosen) => {
        const choice = choices.find(({ value }) => value === chosen)
        if (choice) onChange(choice.value)
      }}
    >
      <DropdownMenu.Label className={styles.title}>{label}</DropdownMenu.Label>
      {choices.map((choice) => (
        <DropdownMenu.RadioItem key={choice.value} value={choice.value} className={styles.item}>
          {choice.label}
          <DropdownMenu.ItemIndicator>
            <Icon name="check" size={16} />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}

export function MenuLine() {
  return <DropdownMenu.Separator className={styles.line} />
}

export function MenuTitle({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className={styles.title}>{children}</DropdownMenu.Label>
}
