import type { Reason } from '../api/shapes'
import { Card } from '../parts/marks'
import { useSpeech } from '../words/speech'

/** Why messages have not left, or will not, and when they continue. */
export function Reasons({ reasons }: { reasons: Reason[] }) {
  const { t, maybe, because, number, when } = useSpeech()
  if (reasons.length === 0) return null
  return (
    <Card title={t('run.why')}>
      <table className="table">
        <tbody>
          {reasons.map((it) => (
            <tr key={`${it.state} ${it.reason}`}>
              <th scope="row">{because(it.reason)}</th>
              <td>{maybe(`message.${it.state}`, it.state)}</td>
              <td className="muted">{it.next_from ? t('run.next', { when: when(it.next_from) }) : ''}</td>
              <td className="num">{number(it.messages)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
