import { useSpeech } from '../words/speech'
import { bounded, Choices, Names, Num, PeriodFields } from './fields'
import { dishes, period, restOf, times, type Bounds, type Orders } from './say'
import { Word } from './Word'

const STATUSES = ['placed', 'cooking', 'on_its_way', 'delivered', 'cancelled'] as const

/** «Заказывал пиццу не менее трёх раз за 90 дней». */
export function OrdersSentence({ orders, change, readOnly }: { orders: Orders; change: (orders: Orders) => void; readOnly: boolean }) {
  const speech = useSpeech()
  const { t, maybe } = speech
  const put = (part: Partial<Record<keyof Orders, unknown>>) => {
    const next = Object.fromEntries(Object.entries({ ...orders, ...part }).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)))
    change(next as Orders)
  }
  const bound = (key: 'count' | 'total' | 'average', part: Bounds) => put({ [key]: bounded(orders[key], part) })
  const rest = restOf(orders, speech)
  return (
    <>
      {t('say.ordered')}{' '}
      <Word label={t('field.dish')} says={dishes(orders, speech)} disabled={readOnly}>
        <Names label={t('field.category')} names={orders.category ?? []} change={(category) => put({ category })} />
        <Names label={t('field.dish')} names={orders.dish ?? []} change={(dish) => put({ dish })} />
      </Word>{' '}
      <Word label={t('field.countMin')} says={times(orders.count, speech)} disabled={readOnly}>
        <Num label={t('field.countMin')} value={orders.count?.min} change={(min) => bound('count', { min })} />
        <Num label={t('field.countMax')} value={orders.count?.max} change={(max) => bound('count', { max })} />
      </Word>{' '}
      <Word label={t('field.lastDays')} says={period(orders.between, speech)} disabled={readOnly}>
        <PeriodFields period={orders.between} change={(between) => put({ between })} ever />
      </Word>{' '}
      <Word label={t('say.moreConditions')} says={rest.length > 0 ? rest.join(', ') : t('say.moreConditions')} disabled={readOnly}>
        <Num label={t('field.totalMin')} value={orders.total?.min} change={(min) => bound('total', { min })} />
        <Num label={t('field.totalMax')} value={orders.total?.max} change={(max) => bound('total', { max })} />
        <Num label={t('field.averageMin')} value={orders.average?.min} change={(min) => bound('average', { min })} />
        <Num label={t('field.averageMax')} value={orders.average?.max} change={(max) => bound('average', { max })} />
        <Names label={t('field.promo')} names={orders.promo ?? []} change={(promo) => put({ promo })} />
        <Names label={t('field.source')} names={orders.source ?? []} change={(source) => put({ source })} />
        <Names label={t('field.delivery')} names={orders.delivery ?? []} change={(delivery) => put({ delivery })} />
        <Choices label={t('field.status')} all={STATUSES} chosen={orders.status ?? []} name={(it) => maybe(`order.${it}`, it)} change={(status) => put({ status })} />
      </Word>
    </>
  )
}
