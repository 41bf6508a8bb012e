import { useState } from 'react'
import { Button } from '../../design/button.tsx'
import { Icon } from '../../design/icon.tsx'
import styles from './conflict.module.css'
import type { Draft } from './draft/draft.ts'
import { overlapOf } from './draft/merge.ts'

/** Says what others have changed while the reader was editing, and lets the reader go on from there. */
export function Conflict({
  base,
  draft,
  now,
  onGoOn,
  onDiscard,
}: {
  base: Draft
  draft: Draft
  now: Draft
  onGoOn: (kept: ReadonlySet<string>) => void
  onDiscard: () => void
}) {
  const { theirs, both } = overlapOf(base, draft, now)
  const [taken, setTaken] = useState<ReadonlySet<string>>(new Set())
  const isBoth = (name: string) => both.some((part) => part.name === name)
  return (
    <section className={styles.conflict} role="alert" aria-labelledby="conflict-title">
      <div className={styles.head}>
        <Icon name="trouble" />
        <div>
          <h2 id="conflict-title">This bot was changed while you were editing it</h2>
          <p>
            {both.length === 0
              ? 'None of it is what you have changed. Go on, and save your changes as well.'
              : 'Choose what to keep where you have changed the same. Then save.'}
          </p>
        </div>
      </div>
      <div className={styles.scroll}>
        <table>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">When you opened it</th>
              <th scope="col">Now</th>
              <th scope="col">Yours</th>
            </tr>
          </thead>
          <tbody>
            {theirs.map((part) => {
              const choose = (isTheirs: boolean) =>
                setTaken((taken) => {
                  const next = new Set(taken)
                  if (isTheirs) next.add(part.name)
                  else next.delete(part.name)
                  return next
                })
              const isTaken = taken.has(part.name)
              return (
                <tr key={part.name}>
                  <th scope="row">{part.label}</th>
                  <td>{part.shown(base)}</td>
                  <td>
                    {isBoth(part.name) ? (
                      <Choice name={part.name} checked={isTaken} onChoose={() => choose(true)}>
                        {part.shown(now)}
                      </Choice>
                    ) : (
                      part.shown(now)
                    )}
                  </td>
                  <td>
                    {isBoth(part.name) ? (
                      <Choice name={part.name} checked={!isTaken} onChoose={() => choose(false)}>
                        {part.shown(draft)}
                      </Choice>
                    ) : (
                      <span className={styles.same}>not changed</span>
                    )}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <div className={styles.actions}>
        <Button onClick={onDiscard}>Discard my changes</Button>
        <Button
          look="primary"
          onClick={() => onGoOn(new Set(both.map(({ name }) => name).filter((name) => !taken.has(name))))}
        >
          Go on with these
        </Button>
      </div>
    </section>
  )
}

function Choice({
  name,
  checked,
  onChoose,
  children,
}: {
  name: string
  checked: boolean
  onChoose: () => void
  children: string
}) {
  return (
    <label className={styles.choice}>
      <input type="radio" name={`conflict ${name}`} checked={checked} onChange={onChoose} />
      {children}
    </label>
  )
}
