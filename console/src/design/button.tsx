import type { ComponentProps } from 'react'
import styles from './button.module.css'
import { classNames } from './class-names.ts'
import { Icon, type IconName } from './icon.tsx'

interface Look {
  look?: 'plain' | 'primary' | 'danger' | 'quiet'
  size?: 'small' | 'medium'
}

export const buttonClass = ({ look = 'plain', size = 'medium' }: Look): string =>
  classNames(styles.button, look !== 'plain' && styles[look], size === 'small' && styles.small)

/** @param props.busy what was asked for is under way: it can’t be pressed again */
export function Button({
  look,
  size,
  icon,
  busy = false,
  disabled,
  className,
  children,
  ...rest
}: ComponentProps<'button'> & Look & { icon?: IconName; busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      className={classNames(buttonClass({ ...(look && { look }), ...(size && { size }) }), className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {icon && <Icon name={icon} size={16} />}
      {children}
    </button>
  )
}

/** A button that shows a picture alone. @param props.label what it does */
export function IconButton({
  icon,
  label,
  look = 'quiet',
  size,
  className,
  ...rest
}: Omit<ComponentProps<'button'>, 'children'> & Look & { icon: IconName; label: string }) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      aria-label={label}
      className={classNames(buttonClass({ look, ...(size && { size }) }), styles.icon, className)}
    >
      <Icon name={icon} size={size === 'small' ? 16 : 18} />
    </button>
  )
}
