import { Select } from '@mantine/core'
import { useSpeech } from '../words/speech'
import { PAST, type Past } from './schedule'

export const ZONES = Intl.supportedValuesOf('timeZone')

/** What becomes of guests for whom the time is over when it starts. */
export function PastSelect({ value, change }: { value: Past; change: (past: Past) => void }) {
  const { t } = useSpeech()
  return <Select label={t('when.over')} description={t('when.overWhy')} allowDeselect={false} value={value} data={PAST.map((it) => ({ value: it, label: t(`when.over.${it}`) }))} onChange={(it) => change(PAST.find((own) => own === it) ?? 'skip')} />
}
