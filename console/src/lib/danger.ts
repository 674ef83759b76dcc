/** From so many guests on, what cannot be taken back wants their number typed. */
const TYPED_FROM = 100

export const wantsTyping = (guests: number): boolean => guests >= TYPED_FROM

/** Whether the number was typed where it has to be; blanks between its digits are fine. */
export const isTyped = (guests: number, typed: string): boolean => !wantsTyping(guests) || typed.replace(/[\s\u00a0,.]/g, '') === String(guests)
