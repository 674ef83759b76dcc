import { everywhere } from './everywhere'
import { composer } from './composer'
import { mailings } from './mailings'
import { segment } from './segment'
import { settings } from './settings'
import { guests } from './guests'

/** Every word of the console, in both languages. */
export const catalogue = { ...everywhere, ...mailings, ...composer, ...segment, ...guests, ...settings }
export type Key = keyof typeof catalogue

export { LANGUAGES, spoken, written, type Language, type Values } from './define'
