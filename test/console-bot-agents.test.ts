import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema, getNamedType, isInputObjectType } from 'graphql'
import type { Page, WebSocketRoute } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { describeInBrowser, soon } from './support/browser.ts'
import { publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { isInView, openWith, seriousViolations, widthOf } from './support/console.ts'
import { type Claims, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const secretKey = 'JSauw0Aks8l-asAa'

/** A bot that listens at the URL. */
const listening = (url: string, actions: object[] = [{ name: 'INCOMING_EVENT' }]) => ({
  status: 'ACCEPTING_CHATS',
  webhooks: { url, secretKey, actions },
})

const read = `query ($id: ID!) { botAgent(id: $id) {
  name avatar status maxChatsCount defaultGroupPriority groups { id priority }
  webhooks { url order maxPerSecond headers { name value } state actions { name additionalData filters {
    authorType onlyMyChats authorIds { exclude } chatMemberIds { agentsAny agentsExclude }
    chatProperties { namespace name exists values excludeValues } } } }
} }`

/** @returns the bot as the API has it */
async function stored(token: string, id: string): Promise<Record<string, unknown>> {
  const { botAgent } = await run<{ botAgent: Record<string, unknown> }>(gateway, token, read, { id })
  return botAgent
}

const update = (token: string, input: object) => run(gateway, token, updateBotAgent, { input })

describeInBrowser('a bot in the console', { isInterrupted: true }, (newPage) => {
  const open = async (token: string, path: string): Promise<Page> => {
    const page = await newPage(gateway.url)
    page.setDefaultTimeout(20_000)
    await openWith(page, token)
    await page.goto(new URL(`/console${path}`, gateway.url).href)
    return page
  }
  const licensed = (claims: Claims = {}) => gateway.token({ licenseId: newLicense(), ...claims })
  const save = async (page: Page) => {
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved', { exact: true }).waitFor()
  }
  const addAction = async (page: Page, name: string) => {
    await page.getByRole('button', { name: 'Add action' }).click()
    await page.getByRole('menuitem', { name: new RegExp(`^${name}`) }).click()
  }

  it('is created as it stands in the form, by the keyboard too', async () => {
    const token = await licensed()
    const page = await open(token, '/bots/new')
    await page.getByLabel('Name', { exact: true }).fill('Night watch')
    await page.getByLabel('Picture').fill('https://example.com/night.png')
    await page.getByLabel('Status').selectOption('Accepting chats')
    await page.getByLabel('Chats at the same time').fill('12')
    await page.getByLabel('Priority in groups').selectOption('Last')
    await page.getByRole('button', { name: 'Add group' }).click()
    await page.getByLabel('Id of group 1').fill('3')
    await page.getByLabel('Priority in group 1').selectOption('First')
    await page.getByRole('button', { name: 'Add webhooks' }).click()
    await page.getByLabel('URL').fill('http://127.0.0.1:9/webhooks')
    await page.getByRole('button', { name: 'Generate' }).click()
    expect(await page.getByLabel('Secret key').inputValue()).toMatch(/^whsec_[\w+/]{32}$/)
    await page.getByLabel('Order').selectOption('One after the other in each chat')
    await page.getByLabel('At most per second').fill('20')
    await page.getByRole('button', { name: 'Add header' }).click()
    await page.getByLabel('Name of header 1').fill('X-Api-Key')
    await page.getByLabel('Value of header 1').fill('abc')
    await page.getByRole('button', { name: 'Add action' }).press('Enter')
    await page.getByRole('menuitem', { name: /^Incoming chat thread/ }).press('ArrowDown')
    await page.getByRole('menuitem', { name: /^Incoming event/ }).press('Enter')
    await page.getByRole('button', { name: 'Add condition' }).click()
    await page.getByLabel('Namespace').fill('source')
    await page.locator('[data-path$=".chatProperties.0.name"] input').fill('type')
    await page.getByLabel('Values').fill('facebook\n5\n"5"\ntrue')
    await page.getByLabel('Written by').selectOption('Customers')
    await page.getByLabel('But not by').fill('a@shop.example\nb@shop.example')
    await page.getByLabel('Agents in the chat').selectOption('None of')
    await page.getByLabel('Ids of agents').fill('tom@shop.example')
    await page.getByLabel('Only chats of the bot').check()
    await page.getByLabel('Groups with access').check()
    await addAction(page, 'Agent status changed')
    // It takes one filter alone.
    const card = page.getByRole('region', { name: 'Agent status changed' })
    expect(await card.getByRole('combobox').count()).toBe(1)
    expect(await card.getByText('Properties of the chat').count()).toBe(0)
    expect(await seriousViolations(page)).toEqual([])

    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'Night watch', level: 1 }).waitFor()
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    const filters = {
      authorType: 'CUSTOMER',
      onlyMyChats: true,
      authorIds: { exclude: ['a@shop.example', 'b@shop.example'] },
      chatMemberIds: { agentsAny: null, agentsExclude: ['tom@shop.example'] },
      chatProperties: [
        { namespace: 'source', name: 'type', exists: null, values: ['facebook', 5, '5', true], excludeValues: null },
      ],
    }
    expect(await stored(token, id)).toEqual({
      name: 'Night watch',
      avatar: 'https://example.com/night.png',
      status: 'ACCEPTING_CHATS',
      maxChatsCount: 12,
      defaultGroupPriority: 'LAST',
      groups: [{ id: 3, priority: 'FIRST' }],
      webhooks: {
        url: 'http://127.0.0.1:9/webhooks',
        order: 'CHAT',
        maxPerSecond: 20,
        headers: [{ name: 'X-Api-Key', value: '…' }],
        state: 'ACTIVE',
        actions: [
          { name: 'INCOMING_EVENT', additionalData: ['ACCESS'], filters },
          { name: 'AGENT_STATUS_CHANGED', additionalData: [], filters: null },
        ],
      },
    })
    // What is stored comes back into the form as it was, so nothing has changed.
    await page.getByText('No changes').waitFor()
    await page.getByText('Incoming event', { exact: true }).first().click()
    expect(await page.getByLabel('Values').inputValue()).toBe('facebook\n5\n"5"\ntrue')
  })

  it('is never from the future when it has just been created', async () => {
    const page = await newPage(gateway.url)
    await page.clock.install({ time: Date.now() - 90_000 })
    await openWith(page, await licensed())
    await page.goto(new URL('/console/bots/new', gateway.url).href)
    await page.getByLabel('Name', { exact: true }).fill('Newborn')
    // Nothing on this screen has the clock go on.
    await page.clock.fastForward(90_000)
    await page.evaluate(`globalThis.seen = []
      new MutationObserver(() => seen.push(...[...document.querySelectorAll('time')].map((time) => time.textContent)))
        .observe(document.body, { subtree: true, childList: true, characterData: true })`)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'Newborn', level: 1 }).waitFor()
    await soon(() => page.evaluate<string[]>('seen')).toContain('now')
    expect(await page.evaluate<string[]>('seen.filter((text) => text.startsWith("in "))')).toEqual([])
  })

  it('has each error of the input at its field, and leads to the first', async () => {
    const page = await open(await licensed(), '/bots/new')
    const long = 'x'.repeat(256)
    const at = (path: string) => page.locator(`[data-path="${path}"]`)
    const fill = (path: string, text: string) => at(path).locator('input, textarea').last().fill(text)
    await page.getByRole('button', { name: 'Add webhooks' }).click()
    for (const _group of [1, 2, 3]) await page.getByRole('button', { name: 'Add group' }).click()
    for (const _header of [1, 2]) await page.getByRole('button', { name: 'Add header' }).click()
    for (const [index, name] of ['Incoming event', 'Thread closed'].entries()) {
      await addAction(page, name)
      const filters = `webhooks.actions.${index}.filters`
      await at(`${filters}.chatProperties`).getByRole('button', { name: 'Add condition' }).click()
      await at(`${filters}.chatMemberIds`)
        .getByLabel('Agents in the chat')
        .selectOption(index === 0 ? 'At least one of' : 'None of')
    }
    // One action is open at a time.
    const second = 'webhooks.actions.1.filters'
    await at(`${second}.chatProperties.0`).getByLabel('Condition', { exact: true }).selectOption('is none of')
    await page.getByText('Incoming event', { exact: true }).first().click()
    const first = 'webhooks.actions.0.filters'
    await fill(`${first}.authorIds`, `ok\n${long}`)
    await fill('avatar', 'x'.repeat(2_049))
    await fill('maxChatsCount', '0')
    for (const [index, id] of ['-1', '7', '7'].entries()) {
      await at(`groups.${index}`).locator('input').fill(id)
    }
    await fill('webhooks.url', 'ftp://example.com')
    await fill('webhooks.maxPerSecond', '1001')
    await fill('webhooks.headers.0.name', 'Host')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('alert').getByText('Nothing was saved').waitFor()

    /** What is wrong at each field that a person can get wrong. */
    const wrong: Record<string, RegExp> = {
      name: /^Must be 1 to 255 characters long; it has 0\.$/,
      avatar: /^Must be 1 to 2048 characters long/,
      maxChatsCount: /^Must be from 1 to 500; it is 0\.$/,
      'groups.0': /^Must be from 0/,
      'groups.2': /^Is in the list twice: 7\.$/,
      'webhooks.url': /^Must be an absolute URL/,
      'webhooks.secretKey': /^Is required\.$/,
      'webhooks.maxPerSecond': /^Must be from 1 to 1000/,
      'webhooks.headers.0.name': /^Must not be host/,
      'webhooks.headers.1.name': /^Must be 1 to 100 characters long/,
      'webhooks.headers.0.value': /^Must be 1 to 1024 characters of ASCII/,
      [`${first}.authorIds`]: /^Line 2: Must be 1 to 255 characters long/,
      [`${first}.chatMemberIds`]: /^Must have 1 to 100 items/,
      [`${second}.chatMemberIds`]: /^Must have 1 to 100 items/,
      [`${first}.chatProperties.0.namespace`]: /^Must be 1 to 255 characters long/,
      [`${first}.chatProperties.0.name`]: /^Must be 1 to 255 characters long/,
      [`${first}.chatProperties.0.values`]: /^Must have 1 to 100 items/,
      [`${second}.chatProperties.0.excludeValues`]: /^Must have 1 to 100 items/,
    }
    for (const [path, message] of Object.entries(wrong)) {
      const control = at(path).locator('[aria-invalid=true]').first()
      await control.waitFor()
      const ids = (await control.getAttribute('aria-describedby'))?.split(' ') ?? []
      const error = await page.locator(`[id="${ids.at(-1)}"]`).textContent()
      expect([path, error]).toEqual([path, expect.stringMatching(message)])
    }
    expect(
      await at('name')
        .locator('input')
        .evaluate((input) => input === input.ownerDocument.activeElement),
    ).toBe(true)
    expect(await seriousViolations(page)).toEqual([])

    // Each field of the input is tried here, or can’t be wrong: it is one of a few that the form offers.
    const choices = /(^|\.)(status|defaultGroupPriority|priority|order|authorType|onlyMyChats|exists|additionalData)$/
    const made = ['idempotencyKey', 'webhooks.actions.name']
    const tried = Object.keys(wrong).map((path) => path.replaceAll(/\.\d+/g, ''))
    const untried = (await fieldsOf('CreateBotAgentInput')).filter(
      (field) =>
        !choices.test(field) &&
        !made.includes(field) &&
        !tried.some((path) => field === path || (path !== 'webhooks' && field.startsWith(`${path}.`))),
    )
    expect(untried).toEqual([])

    // An error goes when its field is edited, and the summary leads to the others.
    await at('name').locator('input').fill('Named')
    expect(await at('name').locator('[aria-invalid=true]').count()).toBe(0)
    const said = await page.getByRole('alert').getByRole('listitem').allTextContents()
    const told = (start: string) => expect(said.filter((text) => text.startsWith(start))).toEqual([expect.anything()])
    told('Picture must be')
    told('Id (group 1) must be from')
    told('Name (header 1) must not be host')
    told('Namespace (Incoming event, condition 1) must be 1 to 255 characters long; it has 0.')
    told('But not by (Incoming event, line 2) must be')
    told('Ids of agents (Thread closed) must have')
    expect(said.join()).not.toContain('webhooks.')
    await page.getByRole('button', { name: 'URL must be an absolute URL' }).click()
    await soon(() => page.evaluate<string>('document.activeElement.value')).toBe('ftp://example.com')
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await widthOf(page)).toBe(360)
  })

  it('says what others have changed before it saves, and overwrites none of it', async () => {
    const token = await licensed()
    const receiver = await receiverForTest()
    const id = await create(gateway, token, { name: 'First', ...listening(receiver.url) })
    const one = await open(token, `/bots/${id}`)
    // No stream reaches the other page, so it learns of changes by saving.
    const other = await newPage(gateway.url)
    await other.routeWebSocket(/graphql/, () => {})
    await openWith(other, token)
    await other.goto(one.url())
    await other.getByLabel('Name', { exact: true }).fill('Of the other')
    await other.getByLabel('Chats at the same time').fill('50')

    await one.getByLabel('Name', { exact: true }).fill('Of the one')
    await one.getByLabel('Status').selectOption('Not accepting chats')
    await one.getByText('Changed: name, status').waitFor()
    await save(one)

    await other.getByRole('button', { name: 'Save' }).click()
    const conflict = other.getByRole('region', { name: 'This bot was changed while you were editing it' })
    const alert = other.locator('section[role=alert]')
    await alert.or(conflict).first().waitFor()
    const rows = await alert
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)))
    expect(rows).toEqual([
      ['Name', 'First', 'Of the one', 'Of the other'],
      ['Status', 'Accepting chats', 'Not accepting chats', 'not changed'],
    ])
    expect(await seriousViolations(other)).toEqual([])
    await alert.getByRole('button', { name: 'Go on with these' }).click()
    await save(other)
    expect(await stored(token, id)).toMatchObject({
      name: 'Of the other',
      status: 'NOT_ACCEPTING_CHATS',
      maxChatsCount: 50,
    })

    // The first page edits nothing, so it shows the change at once, with nothing to save.
    await one.getByRole('heading', { name: 'Of the other' }).waitFor()
    await soon(() => one.getByLabel('Chats at the same time').inputValue()).toBe('50')
    await one.getByText('No changes').waitFor()

    // It edits, and hears of another change while it does.
    await one.getByLabel('Name', { exact: true }).fill('Mine')
    await update(token, { id, name: 'Theirs', groups: [{ id: 4, priority: 'LAST' }] })
    await one.locator('section[role=alert]').getByLabel('Theirs').check()
    await one.getByRole('button', { name: 'Go on with these' }).click()
    await one.getByText('No changes').waitFor()
    expect(await one.getByLabel('Name', { exact: true }).inputValue()).toBe('Theirs')
    expect(await one.getByLabel('Id of group 1').inputValue()).toBe('4')
    // Only what was changed has been sent: the webhooks are as they were.
    expect(await stored(token, id)).toMatchObject({ webhooks: { url: receiver.url } })
  })

  it('can be saved again at once: nothing covers the bar', async () => {
    const token = await licensed()
    const id = await create(gateway, token, { name: 'Busy' })
    const page = await open(token, `/bots/${id}`)
    for (const [width, height] of [
      [1280, 800],
      [1280, 1600],
      [360, 740],
    ] as const) {
      await page.setViewportSize({ width, height })
      for (const name of ['One', 'Two']) {
        await page.getByLabel('Name', { exact: true }).fill(`${name} ${width} ${height}`)
        await page.getByRole('button', { name: 'Save' }).click({ timeout: 2_000 })
        await page.getByRole('log', { name: 'Notices' }).getByText('Saved').first().waitFor()
        await page.getByText('No changes').waitFor()
      }
    }
    expect(await widthOf(page)).toBe(360)
  })

  it('is edited with the keyboard alone: the focus goes on where it is expected, and is never hidden', async () => {
    const page = await open(await licensed(), '/bots/new')
    const press = (name: string) => page.getByRole('button', { name, exact: true }).press('Enter')
    const label = () =>
      page.evaluate<string>(
        `(({ labels, ariaLabel, textContent }) => ariaLabel ?? labels?.[0]?.textContent ?? textContent)(document.activeElement)`,
      )
    const leadsTo = async (name: string, control: string) => {
      await press(name)
      await soon(async () => [name, await label()]).toEqual([name, control])
    }
    await page.getByRole('button', { name: 'Add webhooks' }).waitFor()
    await leadsTo('Add webhooks', 'URL')
    await leadsTo('Remove webhooks', 'Add webhooks')
    await leadsTo('Add webhooks', 'URL')
    await leadsTo('Add group', 'Id of group 1')
    await leadsTo('Add group', 'Id of group 2')
    await leadsTo('Remove group 1', 'Add group')
    await leadsTo('Add header', 'Name of header 1')
    await leadsTo('Remove header 1', 'Add header')
    const add = async (name: RegExp, control: string) => {
      await press('Add action')
      await page.getByRole('menuitem', { name }).press('Enter')
      await page.getByRole('menu').waitFor({ state: 'detached' })
      await soon(label).toBe(control)
    }
    await add(/^Incoming event/, 'Add condition')
    await leadsTo('Add condition', 'Namespace')
    await leadsTo('Remove condition 1', 'Add condition')
    await add(/^Agent status changed/, 'Agents in the chat')
    await leadsTo('Remove Agent status changed', 'Add action')
    await page.getByText('Incoming event', { exact: true }).first().click()

    /** What has the focus, if what stays at the top or at the bottom hides it. */
    const hidden = () =>
      page.evaluate<string | null>(`(() => {
        const { activeElement } = document
        const box = activeElement.getBoundingClientRect()
        const bar = document.querySelector('form > :last-child')
        if (!activeElement.closest('form') || bar.contains(activeElement)) return null
        const top = document.querySelector('header').getBoundingClientRect().bottom
        return box.top < top || box.bottom > bar.getBoundingClientRect().top ? activeElement.outerHTML : null
      })()`)
    for (const [width, height] of [
      [1280, 800],
      [360, 740],
    ] as const) {
      await page.setViewportSize({ width, height })
      for (const key of ['Tab', 'Shift+Tab']) {
        const first = page.getByLabel('Name', { exact: true })
        await (key === 'Tab' ? first : page.getByRole('button', { name: 'Cancel' })).focus()
        for (let step = 0; step < 24; step += 1) {
          await page.keyboard.press(key)
          expect(await hidden()).toBe(null)
        }
      }
    }
  })

  it('asks before changes are lost by a link or by going back', async () => {
    const token = await licensed()
    await create(gateway, token, { name: `Careful${'W'.repeat(200)}` })
    const page = await open(token, '/bots')
    await page.getByRole('link', { name: /^Careful/ }).click()
    const name = page.getByLabel('Name', { exact: true })
    await name.fill('Changed')
    expect(await widthOf(page)).toBe(1280)
    await page.getByRole('tab', { name: 'Health' }).click()
    const question = page.getByRole('dialog', { name: 'Leave without saving?' })
    await page.getByRole('link', { name: 'Trouble' }).click()
    await question.getByRole('button', { name: 'Keep editing' }).click()
    await page.goBack()
    expect(await name.inputValue()).toBe('Changed')
    await page.goBack()
    await question.waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await question.getByRole('button', { name: 'Leave' }).click()
    await page.getByRole('heading', { name: 'Bots', exact: true }).waitFor()
    await page.getByRole('link', { name: 'New bot' }).click()
    await page.getByRole('link', { name: 'Bots', exact: true }).click()
    await page.getByRole('link', { name: 'New bot' }).click()
    await name.fill('Typed')
    await page.getByRole('link', { name: 'Trouble' }).click()
    await page.keyboard.press('Escape')
    expect(await name.inputValue()).toBe('Typed')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await question.getByRole('button', { name: 'Leave' }).click()
    await page.getByRole('heading', { name: 'Bots', exact: true }).waitFor()
  })

  it('is removed once it is named, and others see that it is gone', async () => {
    const token = await licensed()
    const id = await create(gateway, token, { name: 'Short-lived' })
    const [page, other] = [await open(token, `/bots/${id}`), await open(token, `/bots/${id}`)]
    await other.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove Short-lived?' })
    await dialog.waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await dialog.getByRole('button', { name: 'Remove Short-lived' }).click()
    await page.getByText('Short-lived is removed').waitFor()
    await page.getByRole('heading', { name: 'Bots', level: 1 }).waitFor()
    await other.getByRole('heading', { name: 'Short-lived was removed' }).waitFor()
    expect(await seriousViolations(other)).toEqual([])
    await other.reload()
    await other.getByRole('heading', { name: 'There is no such bot' }).waitFor()
    expect(await seriousViolations(other)).toEqual([])
  })

  it('shows its secret key on request only, and rotates it', async () => {
    const token = await licensed()
    const receiver = await receiverForTest()
    const id = await create(gateway, token, { name: 'Keeper', ...listening(receiver.url) })
    const page = await open(token, `/bots/${id}`)
    await page.getByRole('heading', { name: 'Secret key' }).waitFor()
    expect(await page.content()).not.toContain(secretKey)
    const { auditTrail: before } = await run<Trail>(gateway, token, trail, { id })
    expect(before.nodes.map(({ action }) => action)).toEqual(['CREATED'])

    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByText(secretKey).waitFor()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy the secret key' }).click()
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(secretKey)
    await page.getByRole('button', { name: 'Hide' }).click()
    expect(await page.content()).not.toContain(secretKey)
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByText(secretKey).waitFor()

    await page.getByRole('button', { name: 'Rotate' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('For 24 hours webhooks are signed with both keys').waitFor()
    await dialog.getByLabel('New key').fill('whsec_no')
    await dialog.getByRole('button', { name: 'Rotate' }).click()
    await dialog.locator('[aria-invalid=true]').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Generate' }).click()
    const key = await dialog.getByLabel('New key').inputValue()
    await dialog.getByRole('button', { name: 'Rotate' }).click()
    await dialog.getByText('The secret key is rotated').waitFor()
    await dialog.getByText(key).waitFor()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await page.getByText('No changes').waitFor()
    expect(await page.content()).not.toContain(secretKey)
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByText(key).waitFor()

    await publish(gateway, token)
    const [webhook] = await receiver.reaches(1)
    expect(webhook?.headers['webhook-signature']?.split(' ')).toHaveLength(2)
    expect(webhook?.body.secret_key).toBe(key)

    const { webhooks } = listening(receiver.url)
    await update(token, { id, webhooks: { ...webhooks, secretKey: 'Of-somebody-else' } })
    await page.getByText(key).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByText('Of-somebody-else').waitFor()

    await page.getByRole('tab', { name: 'Audit trail' }).click()
    const what = () => page.locator('tbody tr td:nth-child(2)').allTextContents()
    await soon(what).toEqual(['Updated', 'Updated', 'Read the secret key', 'Created'])
    expect(await seriousViolations(page)).toEqual([])
  })

  it('previews which of the last events its actions would have matched, and why not the others', async () => {
    const token = await licensed()
    await publish(gateway, token, { chat: { id: 'A', properties: { source: { type: 'facebook' } } } })
    await publish(gateway, token, { chat: { id: 'B', properties: { source: { type: 'website' } } } })
    const id = await create(gateway, token, { name: 'Curious', ...listening('http://127.0.0.1:9/') })
    const page = await open(token, `/bots/${id}`)
    await page.getByText('It would have got 2 of the last 2 events.').waitFor()
    await page.getByText('Incoming event', { exact: true }).first().click()
    await page.getByRole('button', { name: 'Add condition' }).click()
    await page.locator('[data-path$=".chatProperties.0.namespace"] input').fill('source')
    await page.locator('[data-path$=".chatProperties.0.name"] input').fill('type')
    await page.getByLabel('Values').fill('facebook')
    await page.getByText('It would have got 1 of the last 2 events.').waitFor()
    const events = await page.getByRole('list', { name: 'Last events' }).getByRole('listitem').allTextContents()
    expect(events[0]).toMatch(/^Not matched.*source\.type of the chat was "website"/)
    expect(events[1]).toMatch(/^Matched/)
    expect(await seriousViolations(page)).toEqual([])
    // It is not saved.
    expect(await stored(token, id)).toMatchObject({ webhooks: { actions: [{ filters: null }] } })
  })

  it('shows how its webhooks fare, enables and pings them', async () => {
    const token = await licensed()
    const receiver = await receiverForTest()
    receiver.answer = (response) => response.writeHead(410).end('gone')
    const id = await create(gateway, token, { name: 'Gone', ...listening(receiver.url) })
    const page = await open(token, `/bots/${id}?tab=health`)
    await page.getByText('Active', { exact: true }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await publish(gateway, token)
    await page.getByText('Webhooks disabled').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    receiver.answer = (response) => response.end('thank you')
    await page.getByRole('button', { name: 'Enable webhooks' }).click()
    await page.getByText('Active', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Ping' }).click()
    await page.getByText('Status 200').waitFor()
    receiver.answer = (response) => response.writeHead(500).end('no')
    await page.getByRole('button', { name: 'Ping' }).click()
    await page.getByText('Status 500').waitFor()
    // Numbers are added within seconds.
    await page.getByRole('img', { name: '0 attempts succeeded, 1 failed' }).waitFor()
  })

  it('offers what the token allows, and names the scope that is missing', async () => {
    const licenseId = newLicense()
    const owner = await gateway.token({ licenseId })
    const id = await create(gateway, owner, { name: 'Guarded', ...listening('http://127.0.0.1:9/') })
    const cases: { claims: Claims; says: string[]; audit: string; remove: boolean; save: boolean; show: boolean }[] = [
      {
        claims: { scopes: ['agents-bot--my:ro'] },
        says: ['To change this bot, the token needs agents-bot--my:rw'],
        audit: 'It lacks the scope agents-bot--my:rw.',
        remove: false,
        save: false,
        show: true,
      },
      {
        claims: { clientId: 'others', scopes: ['agents-bot--all:ro'] },
        says: [
          'Only the application that owns it, my-bots, can change it.',
          'To remove bots of other applications, the token needs agents-bot--all:rw',
          'To read the key of another application, the token needs agents-bot--all:rw',
        ],
        audit: 'Only the application that owns the bot can read its audit trail',
        remove: false,
        save: false,
        show: false,
      },
      {
        claims: { clientId: 'others', scopes: ['agents-bot--all:rw'] },
        says: ['Only the application that owns it, my-bots, can change it.'],
        audit: 'Only the application that owns the bot can read its audit trail',
        remove: true,
        save: false,
        show: true,
      },
      { claims: { scopes: ['agents-bot--my:rw'] }, says: [], audit: 'Created', remove: true, save: true, show: true },
    ]
    for (const { claims, says, audit, remove, save, show } of cases) {
      const page = await open(await gateway.token({ licenseId, ...claims }), `/bots/${id}`)
      await page.getByRole('heading', { name: 'Guarded', level: 1 }).waitFor()
      for (const text of says) await page.getByText(text).first().waitFor()
      expect(await page.getByRole('button', { name: 'Remove', exact: true }).count()).toBe(remove ? 1 : 0)
      expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(save ? 1 : 0)
      expect(await page.getByRole('button', { name: 'Show' }).count()).toBe(show ? 1 : 0)
      expect(await page.getByLabel('Name', { exact: true }).isEnabled()).toBe(save)
      // It has all that the others have.
      if (!show) expect(await seriousViolations(page)).toEqual([])
      await page.getByRole('tab', { name: 'Audit trail' }).click()
      await page.getByText(audit).waitFor()
      await page.close()
    }
  })

  it('says when the gateway can’t be reached, keeps what was typed, and comes back', async () => {
    const token = await licensed()
    const id = await create(gateway, token, { name: 'Patient' })
    const page = await newPage(gateway.url)
    const sockets: WebSocketRoute[] = []
    await page.routeWebSocket(/graphql/, (socket) => {
      socket.connectToServer()
      sockets.push(socket)
    })
    await openWith(page, token)
    await page.goto(new URL(`/console/bots/${id}`, gateway.url).href)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Typed')
    await page.route('**/graphql', (route) => route.abort())
    await page.getByRole('button', { name: 'Save' }).click()
    const failure = page.getByText('Nothing was saved, or the answer was lost. The gateway can’t be reached.')
    await failure.waitFor()
    await page.unroute('**/graphql')
    await sockets.at(-1)?.close({ code: 3001 })
    await failure.waitFor({ state: 'detached' })
    await save(page)
    expect(await stored(token, id)).toMatchObject({ name: 'Typed' })
  })

  it('gets an example, edited before it is sent, and what it answers is shown', async () => {
    const token = await licensed()
    const receiver = await receiverForTest()
    receiver.answer = (response) => response.end('{"seen": true}')
    const id = await create(gateway, token, { name: 'Pupil', ...listening(receiver.url) })
    const page = await open(token, '/try')
    await page.getByText('Nothing is sent yet').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Send example' }).click()
    await page.getByText('Choose a bot.').waitFor()
    await page.getByRole('combobox', { name: 'Bot' }).fill('Pup')
    await page.getByRole('option', { name: 'Pupil' }).click()
    await soon(() => new URL(page.url()).searchParams.get('bot')).toBe(id)
    await soon(() => page.getByRole('combobox', { name: 'Bot' }).inputValue()).toBe('Pupil')
    await page.getByLabel('Action').selectOption('Thread closed')
    await page.getByLabel('Data').fill('{"chat_id": ')
    await page.getByRole('button', { name: 'Send example' }).click()
    await page.getByText('This is not JSON').waitFor()
    await page.getByLabel('Data').fill('{"chat_id": 5}')
    await page.getByRole('button', { name: 'Send example' }).click()
    await page.locator('textarea[aria-invalid=true]').waitFor()
    await page.getByLabel('Data').fill('{"chat_id": "MINE", "thread_id": "T"}')
    await page.getByRole('button', { name: 'Send example' }).click()
    await page.getByText('Delivered').waitFor()
    await page.getByText('Status 200').waitFor()
    await page.getByText('"seen": true').waitFor()
    const [webhook] = await receiver.reaches(1)
    expect(webhook?.headers['webhook-example']).toBe('true')
    expect(webhook?.body).toMatchObject({ action: 'thread_closed', data: { chat_id: 'MINE' } })
    expect(await seriousViolations(page)).toEqual([])
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await widthOf(page)).toBe(360)
  })

  it('gets an event that is published, and one sees whom it reaches and why', async () => {
    const token = await licensed()
    const receiver = await receiverForTest()
    const actions = (type: string) => [
      { name: 'INCOMING_EVENT', filters: { chatProperties: [{ namespace: 'source', name: 'type', values: [type] }] } },
    ]
    await create(gateway, token, { name: 'Hears', ...listening(receiver.url, actions('facebook')) })
    await create(gateway, token, { name: 'Ignores', ...listening(receiver.url, actions('website')) })
    const page = await open(token, '/try?do=event')
    await page.getByLabel('Data').fill('{')
    await page.getByRole('button', { name: 'Publish event' }).click()
    await page.getByText('This is not JSON').waitFor()
    await page.getByLabel('Action').selectOption('Thread closed')
    await page.getByLabel('Action').selectOption('Incoming event')
    await page.getByRole('button', { name: 'Publish event' }).click()
    await page.getByText('matched one bot').waitFor()
    expect(await isInView(page.getByText('matched one bot'))).toBe(true)
    const hears = page.getByRole('article', { name: 'Incoming event to Hears' })
    await hears.getByText('Delivered').waitFor()
    const ignores = page.getByRole('article', { name: 'Ignores' })
    await ignores.getByText(/it must be .*"website"/).waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await widthOf(page)).toBe(360)
  })

  it('hears a playground conversation, live', async () => {
    const token = await licensed()
    const receiver = await receiverForTest()
    const filters = { authorType: 'CUSTOMER' }
    const actions = [{ name: 'INCOMING_CHAT_THREAD' }, { name: 'INCOMING_EVENT', filters }, { name: 'THREAD_CLOSED' }]
    await create(gateway, token, { name: 'Listener', ...listening(receiver.url, actions) })
    const page = await open(token, '/try?do=chat')
    await page.getByText('Nothing yet').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    const write = async (text: string) => {
      await page.getByLabel('Message', { exact: true }).fill(text)
      await page.keyboard.press('Enter')
    }
    await write('Hello?')
    await write('Where is my parcel?')
    await page.getByRole('button', { name: 'Tom joins' }).click()
    await page.getByText('Tom', { exact: true }).click()
    await write('It will be with you tomorrow.')
    await page.getByRole('button', { name: 'Close' }).click()
    await receiver.reaches(3)
    expect(receiver.received.map(({ body }) => body.action).sort()).toEqual([
      'incoming_chat_thread',
      'incoming_event',
      'thread_closed',
    ])
    const received = page.getByRole('region', { name: 'What bots receive' })
    await soon(() => received.getByText('Delivered').count()).toBe(3)
    const lines = page.getByRole('log', { name: 'Messages' }).getByRole('listitem')
    await soon(() => lines.filter({ hasText: 'It will be with you tomorrow.' }).textContent()).toContain('0 bots')
    await soon(() => lines.filter({ hasText: 'Where is my parcel?' }).textContent()).toContain('Listener')
    expect(await page.getByLabel('Message', { exact: true }).isDisabled()).toBe(true)
    expect(await seriousViolations(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await seriousViolations(page)).toEqual([])
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await widthOf(page)).toBe(360)
  })
})

const trail = 'query ($id: ID!) { auditTrail(botAgentIds: [$id]) { nodes { action } } }'
interface Trail {
  auditTrail: { nodes: { action: string }[] }
}

/** @returns the paths of all values in an input of the schema, without places in lists */
async function fieldsOf(name: string): Promise<string[]> {
  const schema = buildSchema(await readFile(join(import.meta.dirname, '../schema.graphql'), 'utf8'))
  const pathsOf = (typeName: string, path: string): string[] => {
    const type = schema.getType(typeName)
    if (!isInputObjectType(type)) return [path]
    return Object.values(type.getFields()).flatMap((field) =>
      pathsOf(getNamedType(field.type).name, path ? `${path}.${field.name}` : field.name),
    )
  }
  return pathsOf(name, '')
}
