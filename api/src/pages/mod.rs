//! The pages of guests (docs/guest-page.md): HTML without a script, behind a personal link. Nothing changes by a GET, because
//! messengers, virus scanners and browsers fetch links that nobody has tapped on. What changes is a form that the page itself has
//! handed out.

mod body;
mod door;
mod erase;
mod guest;
mod html;
mod landing;
mod limits;
mod money;
mod rate;
mod rate_html;
mod show;
mod texts;

pub(crate) use door::PageKeys;
pub(crate) use erase::{erase, erase_page};
pub(crate) use guest::{consent, guest_page, invite};
pub(crate) use landing::{landing_button, landing_page, landing_url};
pub(crate) use limits::Posts;
pub(crate) use rate::{rate, rate_page};

use bellhop_domain::CustomerId;
use bellhop_store::StoreError;

/// Where the pages are.
pub(crate) const PATH: &str = "/g";

/// The link of a guest's page, for whoever asks for the guest.
pub(crate) async fn link(api: &crate::Api, guest: CustomerId) -> Result<String, StoreError> {
    let key = api.bounded.page_keys.key(api).await?;
    Ok(format!("{}{PATH}/{}", api.public_url, key.token(guest)))
}

/// Where a mailing's link leads if it is that of our pages: to the guest's own, or to a landing, which learns who has come. `None` if it
/// is another.
pub(crate) async fn own(
    api: &crate::Api,
    link: &str,
    message: bellhop_domain::MessageId,
) -> Result<Option<String>, StoreError> {
    let Some(ours) = link.strip_prefix(api.public_url.as_str()) else {
        return Ok(None);
    };
    let below = |path: &str| {
        let rest = ours.strip_prefix(path)?;
        (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some(rest)
    };
    if let Some(landing) = below(landing::PATH) {
        let Some(guest) = api.store.guest_of_message(message).await? else {
            return Ok(None);
        };
        let token = landing
            .trim_matches('/')
            .split(['/', '?', '#'])
            .next()
            .unwrap_or_default();
        let visit = api.bounded.page_keys.key(api).await?.visit(guest);
        return Ok(Some(format!("{}/{visit}", landing_url(api, token))));
    }
    let Some(rest) = below(PATH) else {
        return Ok(None);
    };
    let Some(guest) = api.store.guest_of_message(message).await? else {
        return Ok(None);
    };
    let key = api.bounded.page_keys.key(api).await?;
    Ok(Some(format!("{}{PATH}/{}{rest}", api.public_url, key.token(guest))))
}
