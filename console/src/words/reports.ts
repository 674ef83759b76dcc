import { define } from './define'

export const reports = define({
  'nav.reports': ['Отчёты', 'Reports'],
  'report.title': ['Отчёт за период', 'Report of a period'],
  'report.name': ['Название', 'Name'],
  'report.sentHelp': ['Сообщения рассылок и программ, которые начались в эти дни', 'Messages of mailings and programs that began in these days'],
  'report.optOuts': ['Отказы от рекламы', 'Opt-outs'],
  'report.optOutsHelp': ['Слова гостей против рекламы в этом канале', 'Guests’ own words against marketing on this channel'],
  'report.allChannels': ['Все каналы сразу', 'All channels at once'],
  'report.none': ['В эти дни ничего не было', 'Nothing in these days'],
  'report.restaurants': ['По ресторанам', 'By restaurant'],
  'report.noRestaurant': ['заказ не сказал', 'the order did not say'],
})
