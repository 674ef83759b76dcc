import { createTheme, defaultVariantColorsResolver, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const all = (value: string) => Array.from({ length: 10 }, () => value) as unknown as MantineColorsTuple

/** Mantine's components with the values of tokens.css. */
export const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  primaryColor: 'brand',
  colors: { brand: all('var(--brand)'), accent: all('var(--accent)'), bad: all('var(--bad)') },
  defaultRadius: 'sm',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '16px', xl: '20px' },
  respectReducedMotion: true,
  variantColorResolver: (input) => {
    const name = input.color === 'accent' || input.color === 'bad' ? input.color : 'brand'
    if (input.variant === 'filled')
      return {
        background: `var(--${name})`,
        hover: name === 'bad' ? 'var(--bad)' : `var(--${name}-hover)`,
        color: 'var(--brand-ink)',
        border: '1px solid transparent',
      }
    if (input.variant === 'subtle')
      return {
        background: 'transparent',
        hover: 'var(--hover)',
        color: name === 'bad' ? 'var(--bad)' : 'var(--ink-2)',
        border: '1px solid transparent',
      }
    if (input.variant === 'default')
      return {
        background: 'var(--surface)',
        hover: 'var(--hover)',
        color: name === 'bad' && input.color ? 'var(--bad)' : 'var(--ink)',
        border: '1px solid var(--field-line)',
      }
    return defaultVariantColorsResolver(input)
  },
  components: {
    Button: { defaultProps: { variant: 'default', size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', size: 'md' } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { 'aria-label': '×' }, overlayProps: { backgroundOpacity: 0.45 } } },
    Tooltip: { defaultProps: { openDelay: 400, multiline: true, maw: 320 } },
  },
})

const shared = {
  '--mantine-color-body': 'var(--bg)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-bright': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink-2)',
  '--mantine-color-placeholder': 'var(--ink-3)',
  '--mantine-color-anchor': 'var(--brand)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--field-line)',
  '--mantine-color-disabled': 'var(--hover)',
  '--mantine-color-disabled-color': 'var(--ink-3)',
  '--mantine-color-disabled-border': 'var(--line-strong)',
  '--mantine-primary-color-filled': 'var(--brand)',
  '--mantine-primary-color-filled-hover': 'var(--brand-hover)',
  '--mantine-primary-color-light': 'var(--brand-soft)',
  '--mantine-primary-color-light-hover': 'var(--brand-soft)',
  '--mantine-primary-color-light-color': 'var(--ink)',
  '--mantine-primary-color-contrast': 'var(--brand-ink)',
  '--mantine-shadow-md': 'var(--shadow)',
}

export const variables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared })
