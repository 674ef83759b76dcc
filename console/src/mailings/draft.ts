import type { Channel, Contents, Filter, MailingFile } from '../api/shapes'
import type { Language } from '../words'

const GREETING: Record<Language, string> = { ru: '{{ name or "Друг" }}, мы скучаем', en: 'We miss you, {{ name or "friend" }}' }
const BODY: Record<Language, string> = { ru: 'Загляните к нам на этой неделе', en: 'Come and see us this week' }
const GOODS: Record<Language, string> = { ru: 'Загляните к нам на этой неделе', en: 'Come and see us this week' }

/** What a new channel says before it is written. */
export function firstWords(channel: Channel, language: Language): Contents[Channel] {
  if (channel === 'push' || channel === 'web_push') return { title: GREETING[language], body: BODY[language] }
  return { text: `${GREETING[language]}. ${GOODS[language]}` }
}

export const draft = (name: string, audience: Filter, language: Language): MailingFile => ({
  name,
  audience,
  contents: { push: firstWords('push', language) as { title: string; body: string } },
  waterfall: [{ channel: 'push', wait_minutes: 120, success: 'opened' }],
  expires_after_minutes: 1440,
})
