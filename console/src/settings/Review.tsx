import { Button, Modal } from '@mantine/core'
import { useSpeech } from '../words/speech'
import type { Changed } from './senderForm'

/** What a change would do, before it is done. */
export function Review({ plan, close, save, saving }: { plan: Changed | null; close: () => void; save: () => void; saving: boolean }) {
  const { t } = useSpeech()
  const fields = plan?.plan.flatMap((line) => line.fields ?? []) ?? []
  return (
    <Modal opened={plan !== null} onClose={close} title={t('settings.review')} size="lg" closeButtonProps={{ 'aria-label': t('do.close') }}>
      <div className="stack">
        {fields.length === 0 ? (
          <p className="muted">{t('settings.nothing')}</p>
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('settings.what')}</th>
                <th scope="col">{t('settings.before')}</th>
                <th scope="col">{t('settings.after')}</th>
              </tr>
            </thead>
            <tbody>
              {fields.map((it) => (
                <tr key={it.field}>
                  <th scope="row">{it.field}</th>
                  <td className="muted">{it.before ?? '–'}</td>
                  <td>{it.after ?? '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <div className="row">
          <span className="grow" />
          <Button onClick={close}>{t('do.cancel')}</Button>
          <Button variant="filled" disabled={fields.length === 0} loading={saving} onClick={save}>
            {t('do.save')}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
