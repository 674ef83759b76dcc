import { isRefusal, type Fault } from '../api/refusal'
import { canonical, merged } from './merge'

export type Saving = 'saved' | 'waiting' | 'saving' | 'faulty' | 'away' | 'conflict'

/** A document as the server has it. */
export interface Stored<F> {
  version: number
  file: F
}

/** What a draft asks of the world around it. */
export interface Doing<F, S extends Stored<F>> {
  save: (version: number, file: F) => Promise<S>
  /** Keeps what was typed where a closed browser does not lose it. */
  keep: (version: number, file: F) => void
  forget: () => void
  /** The server has written it. */
  wrote: (written: S) => void
}

export interface DraftState<F, S> {
  file: F
  saved: Stored<F>
  saving: Saving
  savedAt: Date | null
  faults: Fault[]
  /** What somebody else saved meanwhile. */
  theirs: S | null
}

/** How long after the last key a draft is saved, and how long after a save that found nobody. */
export const PAUSE = 700
export const AGAIN = 3_000

/**
 * A draft that saves itself. What is typed is kept in the browser at once and goes to the server after a pause, from the version that
 * was read; if somebody else has saved meanwhile, nothing is written until one decides. One save is under way at a time, and what is
 * typed during it goes out after it.
 */
export class Drafting<F, S extends Stored<F>> {
  private state: DraftState<F, S>
  private readonly listeners = new Set<() => void>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private busy = false
  private readonly doing: Doing<F, S>

  constructor(from: Stored<F>, left: F | null, doing: Doing<F, S>) {
    this.doing = doing
    this.state = { file: left ?? from.file, saved: { file: from.file, version: from.version }, saving: left === null ? 'saved' : 'waiting', savedAt: null, faults: [], theirs: null }
  }

  readonly read = () => this.state

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  /** The screen is there: what an earlier one left goes out. */
  readonly begin = () => this.wait()

  /** The screen is left: what was typed last goes out at once. */
  readonly leave = () => {
    clearTimeout(this.timer)
    if (this.state.saving === 'waiting' || this.state.saving === 'away') void this.save()
  }

  readonly change = (file: F) => {
    this.doing.keep(this.state.saved.version, file)
    this.put({ file, ...(this.state.theirs ? {} : { saving: 'waiting' as const }) })
    this.wait()
  }

  readonly settle = (way: 'merge' | 'take') => {
    const { theirs, saved, file } = this.state
    if (!theirs) return
    const next = way === 'take' ? theirs.file : merged(saved.file, file, theirs.file)
    this.doing.forget()
    if (way === 'merge') this.doing.keep(theirs.version, next)
    this.put({ file: next, saved: { file: theirs.file, version: theirs.version }, theirs: null, saving: way === 'take' ? 'saved' : 'waiting' })
    this.wait()
  }

  private put(part: Partial<DraftState<F, S>>) {
    this.state = { ...this.state, ...part }
    for (const listener of this.listeners) listener()
  }

  private wait() {
    clearTimeout(this.timer)
    const { saving } = this.state
    if (saving !== 'waiting' && saving !== 'away') return
    this.timer = setTimeout(() => void this.save(), saving === 'away' ? AGAIN : PAUSE)
  }

  private async save() {
    // Whoever is under way looks, when it ends, at what was typed meanwhile.
    if (this.busy || this.state.theirs) return
    const { file: sent, saved: from } = this.state
    if (canonical(sent) === canonical(from.file)) {
      // Typed and taken back: the server has it already.
      this.doing.forget()
      this.put({ saving: 'saved', faults: [] })
      return
    }
    this.busy = true
    this.put({ saving: 'saving' })
    try {
      this.written(sent, await this.doing.save(from.version, sent))
    } catch (error) {
      this.refused(sent, error)
    } finally {
      this.busy = false
      this.wait()
    }
  }

  private written(sent: F, written: S) {
    const typedMeanwhile = this.state.file !== sent
    const saved = { file: typedMeanwhile ? sent : written.file, version: written.version }
    if (typedMeanwhile) this.doing.keep(written.version, this.state.file)
    else this.doing.forget()
    this.put({ saved, faults: [], savedAt: new Date(), saving: typedMeanwhile ? 'waiting' : 'saved', ...(typedMeanwhile ? {} : { file: written.file }) })
    this.doing.wrote(written)
  }

  private refused(sent: F, error: unknown) {
    if (!isRefusal(error) || error.status === 0 || error.status === 503 || error.status === 408) return this.put({ saving: 'away' })
    if (error.status === 412) return this.put({ theirs: error.current as S, saving: 'conflict' })
    const faults = error.faults.length > 0 ? error.faults : [{ code: error.code, place: '', problem: error.message }]
    // What was wrong may be mended already by what was typed meanwhile.
    this.put({ faults, saving: this.state.file === sent ? 'faulty' : 'waiting' })
  }
}
