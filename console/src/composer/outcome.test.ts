import { expect, test } from 'vitest'
import { outcome } from './outcome'

const message = (state: string, reason?: string) => outcome({ customer: '1', channel: 'push', state, reason: reason ?? null })

test('what waits for an open has been sent', () => expect(message('waiting')).toEqual({ state: 'message.unopened' }))
test('what waits for a retry has not, and says why', () => expect(message('waiting', 'UNAVAILABLE')).toEqual({ state: 'message.waiting', reason: 'UNAVAILABLE' }))
test('a refusal says why', () => expect(message('failed', 'UNREGISTERED')).toEqual({ state: 'message.failed', reason: 'UNREGISTERED' }))
test('what came needs no reason', () => expect(message('delivered')).toEqual({ state: 'message.delivered' }))
