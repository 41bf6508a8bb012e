import { expect, it } from 'vitest'
import { sharedLoader } from './shared-loader.ts'

/** A loader whose batches end when the test says so. */
function watched() {
  const batches: { readonly keys: readonly number[]; readonly end: (error?: Error) => void }[] = []
  const loader = sharedLoader<number, string>(
    (keys) =>
      new Promise((resolve, reject) => {
        const values = keys.map((key) => `value ${key}`)
        batches.push({ keys, end: (error) => (error ? reject(error) : resolve(values)) })
      }),
    { maxBatchSize: 4, atOnce: 2 },
  )
  const begun = async (count: number) => {
    while (batches.length < count) await new Promise(setImmediate)
  }
  return { loader, batches, begun }
}

it('what is asked for in one turn of the event loop is loaded together', async () => {
  const { loader, batches, begun } = watched()
  const values = Promise.all([1, 2, 3].map((key) => loader.load(key)))
  await begun(1)
  batches[0]?.end()
  expect(await values).toEqual(['value 1', 'value 2', 'value 3'])
  expect(batches.map(({ keys }) => keys)).toEqual([[1, 2, 3]])
})

it('what is asked for while two batches run is loaded together when one of them ends, even if it fails', async () => {
  const { loader, batches, begun } = watched()
  const first = loader.load(1)
  await begun(1)
  const second = loader.load(2)
  await begun(2)
  const others = [3, 4].map((key) => loader.load(key))
  batches[0]?.end(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  await begun(3)
  for (const { end } of batches) end()
  expect(await Promise.all([second, ...others])).toEqual(['value 2', 'value 3', 'value 4'])
  expect(batches.map(({ keys }) => keys)).toEqual([[1], [2], [3, 4]])
})

it('batches that hang do not keep others from running', async () => {
  const { loader, batches, begun } = watched()
  const hanging = [loader.load(1)]
  await begun(1)
  hanging.push(loader.load(2))
  await begun(2)
  const third = loader.load(3)
  await begun(3)
  batches[2]?.end()
  expect(await third).toBe('value 3')
  for (const { end } of batches) end()
  await Promise.all(hanging)
})
