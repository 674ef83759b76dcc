//! WhatsApp's window of 24 hours: to whom free text may go (PROVIDERS.md §5).

use super::Stage;
use crate::Result;
use bellhop_channels::WINDOW_CLOSED;
use bellhop_domain::{Channel, EndpointId, EndpointKind, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// Until when each address may be written to freely.
pub(super) enum Windows {
    /// The channel's senders have no window.
    None,
    Until(HashMap<EndpointId, Timestamp>),
}

impl Windows {
    pub fn is_open(&self, endpoint: EndpointId, at: Timestamp) -> bool {
        match self {
            Windows::None => true,
            Windows::Until(until) => until.get(&endpoint).is_some_and(|until| at < *until),
        }
    }
}

impl Stage<'_> {
    /// Guests stay with the number that they wrote to last; one who wrote to none gets whichever number is free.
    pub(super) async fn windows(&self, channel: Channel, endpoints: &[EndpointId]) -> Result<Windows> {
        if channel != Channel::WhatsApp {
            return Ok(Windows::None);
        }
        let (store, org) = (self.brand.store, self.brand.organisation.id);
        let pool = self.brand.senders.pool(org, EndpointKind::WhatsApp);
        let windows: HashMap<&str, Option<Duration>> = (pool.iter())
            .map(|sender| (sender.name.as_str(), sender.provider.free_text_window()))
            .collect();
        if windows.values().any(Option::is_none) {
            return Ok(Windows::None);
        }
        let names: Vec<_> = windows.keys().copied().collect();
        let latest = store.last_inbound(org, endpoints, &names).await?;
        let until = latest.into_iter().filter_map(|(endpoint, (sender, last))| {
            let window = windows.get(sender.as_str()).copied().flatten()?;
            Some((endpoint, last.plus(window)))
        });
        Ok(Windows::Until(until.collect()))
    }

    /// The reason why nothing goes to a guest whose window is closed if there is no template.
    pub(super) fn closed(&self, channel: Channel, free_text: bool) -> Option<&'static str> {
        let content = self.spec.contents.whatsapp.as_ref()?;
        let closed = channel == Channel::WhatsApp && !free_text && content.template.is_none();
        closed.then_some(WINDOW_CLOSED)
    }
}
