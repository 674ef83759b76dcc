import { describe, expect, it } from 'vitest'
import { arcs, gone, sentOf, slices } from './ring'

const states = { opened: 2, delivered: 3, sent: 1, failed: 1, suppressed: 1, expired: 1, cancelled: 1, unknown: 1, pending: 4, waiting: 2, in_flight: 1 }

describe('the ring', () => {
  it('puts each message into one slice', () => {
    const whole = Object.values(states).reduce((a, b) => a + b, 0)
    expect(Object.values(slices(states)).reduce((a, b) => a + b, 0)).toBe(whole)
    expect(arcs(states).reduce((at, arc) => at + arc.share, 0)).toBeCloseTo(1)
  })

  it('counts as waiting whatever may still leave, and only that as not gone', () => {
    expect(slices(states).waiting).toBe(7)
    expect(gone(states)).toBe(11)
    expect(sentOf(states)).toBe(6)
  })

  it('lets slices begin where the ones before them end', () => {
    const [first, second] = arcs({ opened: 1, pending: 3 })
    expect(first).toMatchObject({ from: 0, share: 0.25 })
    expect(second).toMatchObject({ from: 0.25, share: 0.75 })
  })

  it('takes a state of a later version for one that is not over', () => {
    expect(slices({ thinking: 5 }).waiting).toBe(5)
  })
})
