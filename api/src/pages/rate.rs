//! The rating page: what a guest says of an order, once.

use super::body::Fields;
use super::door::{Visitor, refused, sender, visitor};
use super::guest::answered;
use super::html::{Page, notice};
use super::rate_html::{question, thanks};
use crate::Api;
use crate::routes::{Head, Sent};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bellhop_domain::event::{STARS, TEXT_CHARS};
use bellhop_store::StoreError;
use bellhop_store::events::{MAX_PHOTOS, PageOrder, Photo, Rated, Rating};

/// The longest photo, in bytes; all together are bounded by the form.
const PHOTO_BYTES: usize = 6 << 20;

/// `/rate` is about the latest delivered order that is not rated, `/rate/17` about one.
fn order_of(path: &str) -> Option<i64> {
    path.rsplit('/').next()?.parse().ok()
}

pub(crate) async fn rate_page(api: Api, head: Head) -> Response {
    let visitor = match visitor(&api, &head).await {
        Ok(visitor) => visitor,
        Err(answer) => return *answer,
    };
    let found = api
        .store
        .order_to_rate(visitor.org(), visitor.guest.id, order_of(head.path()))
        .await;
    answered(&visitor, found.map(|order| asked(&visitor, order.as_ref())))
}

fn asked(visitor: &Visitor, order: Option<&PageOrder>) -> Response {
    let page = Page {
        texts: visitor.texts,
        title: visitor.texts.rate_title,
    };
    let back = Some((visitor.path.as_str(), visitor.texts.back));
    match order {
        None => page.answer(StatusCode::OK, &notice(visitor.texts.rate_nothing, back)),
        Some(order) if order.stars.is_some() => page.answer(StatusCode::OK, &notice(visitor.texts.rate_before, back)),
        Some(order) => page.answer(StatusCode::OK, &question(visitor, order)),
    }
}

pub(crate) async fn rate(api: Api, sent: Sent) -> Response {
    let (visitor, fields) = match sender(&api, sent).await {
        Ok(sent) => sent,
        Err(answer) => return *answer,
    };
    answered(&visitor, taken(&api, &visitor, &fields).await)
}

async fn taken(api: &Api, visitor: &Visitor, fields: &Fields) -> Result<Response, StoreError> {
    let texts = visitor.texts;
    let number = fields.text("order").and_then(|it| it.parse::<i64>().ok());
    let _turn = api.bounded.passer_by().await;
    let order = match number {
        Some(number) => {
            let (org, guest) = (visitor.org(), visitor.guest.id);
            api.store.order_to_rate(org, guest, Some(number)).await?
        }
        None => None,
    };
    let Some(order) = order else {
        return Ok(asked(visitor, None));
    };
    let stars = fields.text("stars").and_then(|it| it.parse::<i64>().ok());
    let Some(stars) = stars.filter(|it| STARS.contains(it)) else {
        return Ok(refused(visitor, StatusCode::BAD_REQUEST, texts.rate_no_stars));
    };
    let Some(photos) = photos(fields) else {
        return Ok(refused(visitor, StatusCode::BAD_REQUEST, texts.rate_bad_photo));
    };
    let rating = Rating {
        guest: visitor.guest.external_id.clone(),
        order: order.external_id.clone(),
        stars,
        words: words(fields),
        photos,
    };
    let rated = api
        .store
        .rate(visitor.org(), visitor.guest.id, &rating, visitor.now)
        .await?;
    let page = Page {
        texts,
        title: texts.rate_title,
    };
    Ok(match rated {
        Rated::Before => {
            let back = Some((visitor.path.as_str(), texts.back));
            page.answer(StatusCode::OK, &notice(texts.rate_before, back))
        }
        Rated::Taken => page.answer(StatusCode::OK, &thanks(visitor, &order, stars)),
    })
}

fn words(fields: &Fields) -> Option<String> {
    let said = fields.text("words")?;
    // PostgreSQL keeps no zeros.
    let said: String = said.replace('\0', "").trim().chars().take(TEXT_CHARS).collect();
    (!said.is_empty()).then_some(said)
}

/// `None` if one is too large, of another kind, or there are too many. A file's own name and kind are not asked: its first bytes
/// say what it is, and nothing else is kept.
fn photos(fields: &Fields) -> Option<Vec<Photo>> {
    let files = fields.0.iter().filter(|field| field.name == "photo" && field.is_file);
    let files: Vec<_> = files.filter(|field| !field.content.is_empty()).collect();
    if files.len() > MAX_PHOTOS {
        return None;
    }
    let photo = |content: &Vec<u8>| {
        let content_type = kind(content).filter(|_| content.len() <= PHOTO_BYTES)?;
        let content = STANDARD.encode(content);
        Some(Photo { content_type, content })
    };
    files.into_iter().map(|field| photo(&field.content)).collect()
}

fn kind(content: &[u8]) -> Option<&'static str> {
    let riff = content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP");
    if content.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Some("image/jpeg")
    } else if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if riff {
        Some("image/webp")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::Field;
    use super::*;

    fn file(content: &[u8]) -> Field {
        Field {
            name: "photo".to_owned(),
            is_file: true,
            content: content.to_vec(),
        }
    }

    #[test]
    fn a_photo_is_what_its_bytes_say() {
        let kinds = |files: Vec<Field>| -> Option<Vec<&'static str>> {
            photos(&Fields(files)).map(|all| all.iter().map(|it| it.content_type).collect())
        };
        let jpeg = || file(&[0xFF, 0xD8, 0xFF, 0xE0]);
        assert_eq!(
            kinds(vec![
                jpeg(),
                file(b"\x89PNG\r\n\x1a\n"),
                file(b"RIFF\0\0\0\0WEBPVP8 "),
                file(b"")
            ]),
            Some(vec!["image/jpeg", "image/png", "image/webp"])
        );
        for other in [
            &b"<html>"[..],
            b"<svg xmlns=",
            b"GIF89a",
            b"RIFF\0\0\0\0WAVE",
            b"\xFF\xD8",
        ] {
            assert_eq!(kinds(vec![jpeg(), file(other)]), None, "{other:?}");
        }
        assert_eq!(kinds(vec![jpeg(), jpeg(), jpeg(), jpeg()]), None);
        let mut large = vec![0; PHOTO_BYTES + 1];
        large[..3].copy_from_slice(&[0xFF, 0xD8, 0xFF]);
        assert_eq!(kinds(vec![file(&large)]), None);
        assert_eq!(kinds(vec![file(&large[..PHOTO_BYTES])]), Some(vec!["image/jpeg"]));
    }

    #[test]
    fn a_page_is_about_one_order_or_the_latest() {
        for (path, expected) in [
            ("/g/ab/rate", None),
            ("/g/ab/rate/17", Some(17)),
            ("/g/ab/rate/x", None),
        ] {
            assert_eq!(order_of(path), expected);
        }
    }
}
