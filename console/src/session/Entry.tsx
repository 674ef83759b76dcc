import { Button } from '@mantine/core'
import { IconBellRinging } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useSpeech } from '../words/speech'

/** The frame of what is seen before one is logged in. */
export function Entry({ title, children }: { title: string; children: ReactNode }) {
  const { t, language, setLanguage } = useSpeech()
  return (
    <main className="entry">
      <div className="card">
        <div className="row">
          <span className="nav-brand grow">
            <IconBellRinging className="is-large" aria-hidden /> Bellhop
          </span>
          <Button variant="subtle" size="compact-sm" onClick={() => setLanguage(language === 'ru' ? 'en' : 'ru')}>
            {t('top.language')}
          </Button>
        </div>
        <h1 className="page-title">{title}</h1>
        {children}
      </div>
    </main>
  )
}
