import { Modal } from '@mantine/core'
import { useSpeech } from '../words/speech'

const KEYS = [
  ['/', 'keys.search'],
  ['g', 'keys.go'],
  ['n', 'keys.new'],
  ['j k', 'keys.move'],
  ['?', 'keys.help'],
] as const

export function Help({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useSpeech()
  return (
    <Modal opened={opened} onClose={close} title={t('keys.title')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <dl className="definition">
        {KEYS.map(([key, words]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>
              <kbd className="kbd">{key}</kbd>
            </dt>
            <dd>{t(words)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
