//! When, where and for whom a text is rendered.

use bellhop_domain::time::{Timestamp, Zone};
use jiff::civil::DateTime;

use crate::format::{Currency, Format, Surface};
use crate::language;
use crate::locale::Locale;

/// What a rendering depends on besides the recipient's values.
#[derive(Debug, Clone, Copy)]
pub struct RenderContext<'a> {
    /// The recipient's language, else the organisation's.
    pub locale: Locale,
    /// The recipient's time zone, else their home restaurant's.
    pub zone: &'a Zone,
    /// The instant of sending.
    pub now: Timestamp,
    /// A number of this recipient in this mailing; the same on every retry, so that the same variation is chosen.
    pub seed: u64,
    /// The organisation's currency.
    pub currency: Currency,
}

impl RenderContext<'_> {
    /// The recipient's wall clock. Instants outside the years −9999 to 9999 have none and count as the year 0.
    pub(crate) fn local(&self) -> DateTime {
        self.zone.local(self.now).unwrap_or_default()
    }

    pub(crate) fn greeting(&self) -> &'static str {
        language::greeting(self.local().hour(), self.locale.words())
    }

    pub(crate) fn format(&self, surface: Surface) -> Format {
        Format {
            locale: self.locale,
            surface,
            currency: self.currency,
            year: self.local().year(),
        }
    }
}
