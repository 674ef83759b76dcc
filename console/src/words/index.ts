import { everywhere } from './everywhere'
import { composer } from './composer'
import { mailings } from './mailings'
import { segment } from './segment'
import { settings } from './settings'
import { guests } from './guests'
import { programs } from './programs'
import { webhooks } from './webhooks'
import { beginning } from './beginning'
import { promos } from './promos'
import { landings } from './landings'
import { imports } from './imports'
import { reports } from './reports'

/** Every word of the console, in both languages. */
export const catalogue = { ...everywhere, ...mailings, ...composer, ...segment, ...guests, ...settings, ...programs, ...webhooks, ...beginning, ...promos, ...landings, ...imports, ...reports }
export type Key = keyof typeof catalogue

export { LANGUAGES, spoken, written, type Language, type Values } from './define'
