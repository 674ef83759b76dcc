//! Files at Meta (PROVIDERS §5.7): uploads by a form, descriptions, downloads by a link that expires.

use std::collections::HashMap;
use std::sync::Mutex;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

use super::errors::GraphError;
use crate::ledger::lock;
use crate::serve::Reply;
use crate::serve::reply::reply;

/// How long a link lives, ms.
const LINK_MS: i64 = 5 * 60_000;
/// The path of links; the id follows.
pub(super) const LINKS: &str = "/whatsapp_business/attachments/";

#[derive(Debug, Clone)]
struct File {
    mime: String,
    bytes: Bytes,
    /// Until when its link is valid, in ms UTC; 0 before anybody asked for it.
    link_until: i64,
}

/// The number's files by id.
#[derive(Debug, Default)]
pub(super) struct Files(Mutex<HashMap<String, File>>);

impl Files {
    pub(super) fn keep(&self, mime: &str, bytes: Bytes) -> String {
        let mut files = lock(&self.0);
        let id = (4_490_000_000_000_000 + files.len() as u64).to_string();
        let file = File {
            mime: mime.to_owned(),
            bytes,
            link_until: 0,
        };
        files.insert(id.clone(), file);
        id
    }

    /// Takes an upload's form.
    pub(super) fn upload(&self, content_type: &str, body: &Bytes) -> Result<String, GraphError> {
        let form = Form::read(content_type, body).ok_or_else(|| GraphError::new(100, "no multipart form"))?;
        if form.text("messaging_product") != Some("whatsapp") {
            return Err(GraphError::new(
                100,
                "(#100) The parameter messaging_product is required.",
            ));
        }
        let mime = form
            .text("type")
            .ok_or_else(|| GraphError::new(100, "the parameter type is required"))?;
        let file = form
            .part("file")
            .ok_or_else(|| GraphError::new(100, "the parameter file is required"))?;
        if file.is_empty() || file.len() > largest(mime) {
            return Err(GraphError::new(
                131_053,
                format!("a file of {} bytes and type {mime}", file.len()),
            ));
        }
        Ok(self.keep(mime, Bytes::copy_from_slice(file)))
    }

    /// What Meta says about a file; `base` is where its link begins.
    pub(super) fn describe(&self, id: &str, base: &str, now: i64) -> Option<Value> {
        let mut files = lock(&self.0);
        let file = files.get_mut(id)?;
        file.link_until = now + LINK_MS;
        Some(json!({
            "messaging_product": "whatsapp",
            "id": id,
            "url": format!("{base}{LINKS}{id}"),
            "mime_type": file.mime,
            "sha256": hex::encode(digest(&SHA256, &file.bytes)),
            "file_size": file.bytes.len(),
        }))
    }

    /// The answer to a download by a link.
    pub(super) fn follow(&self, id: &str, now: i64) -> Reply {
        let file = lock(&self.0).get(id).filter(|file| now < file.link_until).cloned();
        let Some(file) = file else {
            return reply(
                StatusCode::NOT_FOUND,
                HeaderValue::from_static("text/plain"),
                String::new(),
            );
        };
        let mime = HeaderValue::from_str(&file.mime).unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let mut answer = reply(StatusCode::OK, mime, String::new());
        *answer.body_mut() = http_body_util::Full::new(file.bytes);
        answer
    }
}

fn largest(mime: &str) -> usize {
    const MB: usize = 1 << 20;
    match mime.split('/').next() {
        Some("image") => 5 * MB,
        Some("video" | "audio") => 16 * MB,
        _ => 100 * MB,
    }
}

/// A multipart form (RFC 7578), whose parts borrow their bytes.
struct Form<'a>(Vec<(String, &'a [u8])>);

impl<'a> Form<'a> {
    fn read(content_type: &str, body: &'a [u8]) -> Option<Self> {
        let boundary = content_type.split("boundary=").nth(1)?.trim_matches('"');
        let delimiter = format!("--{boundary}");
        let mut parts = Vec::new();
        let mut rest = &body[find(body, delimiter.as_bytes())? + delimiter.len()..];
        while rest.starts_with(b"\r\n") {
            rest = &rest[2..];
            let head_end = find(rest, b"\r\n\r\n")?;
            let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
            let content = &rest[head_end + 4..];
            let end = find(content, format!("\r\n{delimiter}").as_bytes())?;
            let name = head.split("; name=\"").nth(1)?.split('"').next()?.to_owned();
            parts.push((name, &content[..end]));
            rest = &content[end + 2 + delimiter.len()..];
        }
        rest.starts_with(b"--").then_some(Self(parts))
    }

    fn part(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(of, _)| of == name).map(|(_, bytes)| *bytes)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        std::str::from_utf8(self.part(name)?).ok()
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_cut_at_its_boundary_only() {
        let body: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--\r\n\r\n--b--\r\n";
        let form = Form::read("multipart/form-data; boundary=b", body).unwrap();
        assert_eq!(form.text("type"), Some("image/png"));
        assert_eq!(form.part("file"), Some(&b"\x89PNG\r\n--\r\n"[..]));
        for (content_type, body) in [
            ("multipart/form-data", body),
            ("multipart/form-data; boundary=c", body),
            ("multipart/form-data; boundary=b", &body[..40]),
        ] {
            assert!(Form::read(content_type, body).is_none());
        }
    }
}
