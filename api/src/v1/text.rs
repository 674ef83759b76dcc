//! Names and ids as callers write them.

use bellhop_domain::fault::Why;
use bellhop_domain::visible::without_invisible;
use bellhop_store::guests::NAME_CHARS;

/// A name or id without surrounding spaces and invisible characters; `None` if nothing is left.
pub(in crate::v1) fn name(text: Option<String>) -> Result<Option<String>, Why> {
    let Some(text) = text else { return Ok(None) };
    let text = without_invisible(&text);
    let text = text.trim();
    if text.chars().count() > NAME_CHARS {
        return Err(Why::TextTooLong { most: NAME_CHARS });
    }
    if text.contains('\0') {
        return Err(Why::TextHoldsZero);
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
