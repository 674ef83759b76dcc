import { Button, Modal, TextInput } from '@mantine/core'
import { tell } from '../parts/notify'
import { useSpeech } from '../words/speech'

/** A secret that is shown once. */
export function Once({ title, about, secret, close }: { title: string; about: string; secret: string | null; close: () => void }) {
  const { t } = useSpeech()
  const copy = async () => {
    await navigator.clipboard.writeText(secret ?? '')
    tell(t('do.copied'))
  }
  return (
    <Modal opened={secret !== null} onClose={close} title={title} size="lg" closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <div className="stack">
        <p>{about}</p>
        <div className="row">
          <TextInput className="grow" classNames={{ input: 'mono' }} readOnly aria-label={title} value={secret ?? ''} onFocus={(event) => event.currentTarget.select()} />
          <Button variant="filled" onClick={() => void copy()}>
            {t('do.copy')}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
