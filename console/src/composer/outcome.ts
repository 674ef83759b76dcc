export interface TrialMessage {
  customer?: string | null
  channel: string
  state: string
  reason?: string | null
}

/** What to say of a test's message: the state's word, and the reason's, if there is one. A message that waits for no reason went out: it waits to be opened, before the next channel has its turn. */
export function outcome(message: TrialMessage): { state: string; reason?: string } {
  if (message.state === 'waiting' && !message.reason) return { state: 'message.unopened' }
  return { state: `message.${message.state}`, ...(message.reason ? { reason: message.reason } : {}) }
}
