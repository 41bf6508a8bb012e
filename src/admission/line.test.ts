import { describe, expect, it } from 'vitest'
import { Line, NoPlace } from './line.ts'

/** Work that runs until it is released. */
function held() {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { act: () => ended, end }
}

describe('a line', () => {
  it('runs a limited number of tasks at a time, and the others in order of arrival', async () => {
    const line = new Line({ atATime: () => 2, mostWaiting: 10, longestWait: 60_000 })
    const begun: number[] = []
    const acts = Array.from({ length: 5 }, held)
    const runs = acts.map(({ act }, index) =>
      line.run(() => {
        begun.push(index)
        return act()
      }),
    )
    expect(begun).toEqual([0, 1])
    acts[1]?.end()
    await runs[1]
    await Promise.resolve()
    expect(begun).toEqual([0, 1, 2])
    for (const { end } of acts) end()
    await Promise.all(runs)
    expect(begun).toEqual([0, 1, 2, 3, 4])
    expect(line.isIdle).toBe(true)
  })

  it('continues after a task fails', async () => {
    const line = new Line({ atATime: () => 1, mostWaiting: 10, longestWait: 60_000 })
    const first = line.run(() => Promise.reject(new Error('failed')))
    const second = line.run(async () => 'ran')
    await expect(first).rejects.toThrow('failed')
    expect(await second).toBe('ran')
  })

  it('refuses a task without running it when the line is full or the wait is too long', async () => {
    const line = new Line({ atATime: () => 1, mostWaiting: 1, longestWait: 1 })
    const { act, end } = held()
    const running = line.run(act)
    let ran = 0
    const late = async () => {
      ran += 1
    }
    const results = await Promise.allSettled([line.run(late), line.run(late)])
    expect(results).toEqual([
      { status: 'rejected', reason: new NoPlace('late') },
      { status: 'rejected', reason: new NoPlace('full') },
    ])
    end()
    await running
    expect(ran).toBe(0)
    expect(line.isIdle).toBe(true)
  })

  it('adapts when the number of tasks that may run changes', async () => {
    let most = 1
    const line = new Line({ atATime: () => most, mostWaiting: 10, longestWait: 60_000 })
    const acts = Array.from({ length: 4 }, held)
    let begun = 0
    const runs = acts.map(({ act }) =>
      line.run(() => {
        begun += 1
        return act()
      }),
    )
    expect(begun).toBe(1)
    most = 3
    acts[0]?.end()
    await runs[0]
    await Promise.resolve()
    expect(begun).toBe(4)
    for (const { end } of acts) end()
    await Promise.all(runs)
  })
})
