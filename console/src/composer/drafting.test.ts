import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refusal } from '../api/refusal'
import { AGAIN, Drafting, PAUSE, type Stored } from './drafting'

interface Text {
  text: string
  name?: string
}
type Answer = (stored: Stored<Text> | Refusal) => void

/** A server that answers when a test says so, and a browser's memory. */
function played(left: Text | null = null) {
  const sent: { version: number; file: Text; answer: Answer }[] = []
  const kept: { version: number; file: Text }[] = []
  const wrote = vi.fn()
  const forget = vi.fn(() => void kept.splice(0))
  const drafting = new Drafting<Text, Stored<Text>>({ version: 1, file: { text: 'a' } }, left, {
    save: (version, file) =>
      new Promise((done, fail) => {
        sent.push({ version, file, answer: (it) => (it instanceof Refusal ? fail(it) : done(it)) })
      }),
    keep: (version, file) => void kept.splice(0, 1, { version, file }),
    forget,
    wrote,
  })
  const saving = () => drafting.read().saving
  /** Answers the save at a place with what it wrote, or a refusal. */
  const answer = async (at: number, by: number | Refusal) => {
    const save = sent[at]
    if (!save) throw new Error(`there is no save ${at}`)
    save.answer(typeof by === 'number' ? { version: by, file: save.file } : by)
    await vi.advanceTimersByTimeAsync(0)
  }
  return { drafting, sent, kept, forget, wrote, saving, answer }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const UNFIT = new Refusal(422, 'mailing_unfit', 'unfit', { faults: [{ code: 'x', place: 'text', problem: 'too long' }] })
const moved = (text: string) => new Refusal(412, 'mailing_moved', 'moved', { current: { version: 7, file: { text: 'a', name: text } } })

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('a draft', () => {
  it('is saved once, after the last key', async () => {
    const { drafting, sent, saving, answer, wrote } = played()
    drafting.change({ text: 'ab' })
    await pass(PAUSE - 1)
    drafting.change({ text: 'abc' })
    await pass(PAUSE - 1)
    expect([sent.length, saving()]).toEqual([0, 'waiting'])
    await pass(1)
    expect([sent.map((it) => it.file.text), saving()]).toEqual([['abc'], 'saving'])
    await answer(0, 2)
    expect([saving(), drafting.read().saved.version, wrote.mock.calls.length]).toEqual(['saved', 2, 1])
    await pass(60_000)
    expect(sent).toHaveLength(1)
  })

  it('that is written on during a slow save is saved to its end, however slow it is', async () => {
    const { drafting, sent, saving, answer, kept } = played()
    drafting.change({ text: 'ab' })
    await pass(PAUSE)
    drafting.change({ text: 'abc' })
    expect(saving()).toBe('waiting')
    // The pause of the newer text is over, and the save before it is not: one is under way at a time.
    await pass(PAUSE * 20)
    expect([sent.length, saving()]).toEqual([1, 'waiting'])
    await answer(0, 2)
    expect([saving(), kept]).toEqual(['waiting', [{ version: 2, file: { text: 'abc' } }]])
    await pass(PAUSE)
    expect(sent.map((it) => [it.version, it.file.text])).toEqual([[1, 'ab'], [2, 'abc']])
    await answer(1, 3)
    expect([saving(), drafting.read().file.text, kept]).toEqual(['saved', 'abc', []])
  })

  it('that is typed and taken back asks for nothing', async () => {
    const { drafting, sent, saving, forget } = played()
    drafting.change({ text: 'ab' })
    drafting.change({ text: 'a' })
    await pass(PAUSE)
    expect([sent.length, saving(), forget.mock.calls.length]).toEqual([0, 'saved', 1])
  })

  it('taken back during its save is saved as it was before', async () => {
    const { drafting, sent, answer, saving } = played()
    drafting.change({ text: 'ab' })
    await pass(PAUSE)
    drafting.change({ text: 'a' })
    await answer(0, 2)
    await pass(PAUSE)
    expect(sent.map((it) => it.file.text)).toEqual(['ab', 'a'])
    await answer(1, 3)
    expect(saving()).toBe('saved')
  })

  it('without a connection is kept, and tried again until there is one', async () => {
    const { drafting, sent, saving, answer, kept } = played()
    drafting.change({ text: 'ab' })
    await pass(PAUSE)
    await answer(0, Refusal.away())
    expect([saving(), kept]).toEqual(['away', [{ version: 1, file: { text: 'ab' } }]])
    await pass(AGAIN)
    await answer(1, new Refusal(503, 'busy', ''))
    expect(saving()).toBe('away')
    await pass(AGAIN)
    await answer(2, 2)
    expect([sent.length, saving(), kept]).toEqual([3, 'saved', []])
  })

  it('that is unfit waits for another key', async () => {
    const { drafting, sent, saving, answer } = played()
    drafting.change({ text: 'ab' })
    await pass(PAUSE)
    await answer(0, UNFIT)
    expect([saving(), drafting.read().faults.map((it) => it.place)]).toEqual(['faulty', ['text']])
    await pass(60_000)
    expect(sent).toHaveLength(1)
    drafting.change({ text: 'abc' })
    await pass(PAUSE)
    await answer(1, 2)
    expect([saving(), drafting.read().faults]).toEqual(['saved', []])
  })

  it('that was mended while its unfit save was under way is tried again', async () => {
    const { drafting, sent, saving, answer } = played()
    drafting.change({ text: 'ab' })
    await pass(PAUSE)
    drafting.change({ text: 'abc' })
    await answer(0, UNFIT)
    expect(saving()).toBe('waiting')
    await pass(PAUSE)
    expect(sent.map((it) => it.file.text)).toEqual(['ab', 'abc'])
  })

  it('that somebody else saved first writes nothing until one decides', async () => {
    const { drafting, sent, saving, answer } = played()
    drafting.change({ text: 'ab' })
    await pass(PAUSE)
    await answer(0, moved('theirs'))
    drafting.change({ text: 'abc' })
    await pass(60_000)
    expect([sent.length, saving()]).toEqual([1, 'conflict'])
    drafting.settle('merge')
    expect([saving(), drafting.read().file]).toEqual(['waiting', { text: 'abc', name: 'theirs' }])
    await pass(PAUSE)
    expect(sent[1]?.version).toBe(7)
    await answer(1, 8)
    expect(saving()).toBe('saved')
  })

  it('given up for theirs is theirs, and saves nothing', async () => {
    const { drafting, sent, saving, answer, kept } = played()
    drafting.change({ text: 'ab' })
    await pass(PAUSE)
    await answer(0, moved('theirs'))
    drafting.settle('take')
    await pass(60_000)
    expect([sent.length, saving(), drafting.read().file, kept]).toEqual([1, 'saved', { text: 'a', name: 'theirs' }, []])
  })

  it('goes out when the page is left before its pause is over, and not twice', async () => {
    const { drafting, sent } = played()
    drafting.change({ text: 'ab' })
    drafting.leave()
    await pass(PAUSE)
    expect(sent).toHaveLength(1)
  })

  it('that was left unsaved in the browser goes out when the page is there again', async () => {
    const { drafting, sent, saving } = played({ text: 'left' })
    expect(saving()).toBe('waiting')
    drafting.begin()
    await pass(PAUSE)
    expect(sent.map((it) => it.file.text)).toEqual(['left'])
  })
})
