import { Popover } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import type { ReactNode } from 'react'

/** A word of a sentence that opens what it is chosen by. */
export function Word({ says, label, children, disabled }: { says: ReactNode; label: string; children: ReactNode; disabled?: boolean }) {
  if (disabled) return <span className="word">{says}</span>
  return (
    <Popover position="bottom-start" trapFocus withinPortal shadow="md" width={300}>
      <Popover.Target>
        <button className="word" type="button" aria-haspopup="dialog" aria-label={`${label}: ${typeof says === 'string' ? says : ''}`}>
          {says}
          <IconChevronDown aria-hidden />
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <div className="stack">{children}</div>
      </Popover.Dropdown>
    </Popover>
  )
}
