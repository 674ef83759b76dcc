//! Names and ids as callers write them.

use bellhop_domain::visible::without_invisible;
use bellhop_store::guests::NAME_CHARS;

/// A name or id without the space around it and without what nobody sees in it; a blank one is none.
pub(super) fn name(text: Option<String>) -> Result<Option<String>, String> {
    let Some(text) = text else { return Ok(None) };
    let text = without_invisible(&text);
    let text = text.trim();
    if text.chars().count() > NAME_CHARS || text.contains('\0') {
        return Err(format!(
            "is longer than {NAME_CHARS} characters or holds a zero character; shorten it"
        ));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
