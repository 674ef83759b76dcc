//! Files at Meta (PROVIDERS.md §5.7): upload for 30 days, download within 7 days by a link that lives 5 minutes.

use super::config::CloudConfig;
use super::media_rules::{check, largest};
use super::outcome::MetaError;
use crate::config::endpoint;
use crate::http::{Answer, describe};
use crate::{MediaError, MediaFile, MediaFiles};
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::MediaKind;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, Url};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// Long, because a document may have 100 MB.
const PATIENCE: Duration = Duration::from_secs(300);
/// Where Meta stores files; the token is sent to no other host.
const HOSTS: [&str; 4] = ["facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net"];

/// The number's files.
pub(super) struct Files {
    client: Client,
    base: Url,
    upload: Url,
    authorization: HeaderValue,
}

/// What Meta says about a file.
#[derive(Deserialize)]
struct Description {
    url: String,
    mime_type: String,
    sha256: String,
    #[serde(default)]
    file_size: Option<u64>,
}

impl Files {
    pub fn new(client: Client, config: &CloudConfig) -> Result<Self, String> {
        Ok(Self {
            client,
            base: config.base.clone(),
            upload: endpoint(&config.base, &format!("/{}/media", config.phone_number_id))?,
            authorization: config.authorization.clone(),
        })
    }

    async fn response(&self, request: RequestBuilder) -> Result<Response, MediaError> {
        let request = request
            .header(AUTHORIZATION, self.authorization.clone())
            .timeout(PATIENCE);
        request.send().await.map_err(|e| MediaError::Later(describe(e)))
    }

    async fn object(&self, request: RequestBuilder) -> Result<Value, MediaError> {
        let response = self.response(request).await?;
        let answer = Answer::read(response, Timestamp::now())
            .await
            .map_err(|cut| MediaError::Later(format!("the answer was cut after HTTP {}", cut.status)))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match MetaError::read(&body["error"]) {
            Some(error) => Err(error.of_file()),
            None if answer.status == 200 => Ok(body),
            None => Err(by_status(answer.status)),
        }
    }

    async fn describe(&self, reference: &str) -> Result<Description, MediaError> {
        // It becomes part of a URL, so a path or query in it would lead elsewhere.
        if reference.is_empty()
            || !reference
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c))
        {
            return Err(MediaError::Gone("the reference is not a media id of Meta's".to_owned()));
        }
        let url = endpoint(&self.base, &format!("/{reference}")).map_err(MediaError::Refused)?;
        let body = self.object(self.client.get(url)).await?;
        Description::deserialize(&body).map_err(|e| MediaError::Later(format!("an unreadable description: {e}")))
    }

    /// The link of a file, if it belongs to Meta, because our token is sent with it.
    fn own(&self, link: &str) -> Result<Url, MediaError> {
        let elsewhere = |why: &str| MediaError::Elsewhere(why.to_owned());
        let url = Url::parse(link).map_err(|_| elsewhere("its link is not a URL"))?;
        let same_as_base = url.scheme() == self.base.scheme()
            && url.host() == self.base.host()
            && url.port_or_known_default() == self.base.port_or_known_default();
        let host = url.host_str().unwrap_or_default();
        let of_meta = url.scheme() == "https"
            && url.port_or_known_default() == Some(443)
            && HOSTS
                .iter()
                .any(|own| host == *own || host.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')));
        if same_as_base || of_meta {
            return Ok(url);
        }
        Err(elsewhere("its link leads to another host"))
    }

    async fn bytes(&self, url: Url, limit: u64) -> Result<Bytes, MediaError> {
        let mut response = self.response(self.client.get(url)).await?;
        match response.status().as_u16() {
            200 => {}
            status => return Err(by_status(status)),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| MediaError::Later(describe(e)))? {
            if (bytes.len() + chunk.len()) as u64 > limit {
                return Err(too_large(limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.into())
    }
}

#[async_trait]
impl MediaFiles for Files {
    async fn upload(&self, file: &MediaFile) -> Result<String, MediaError> {
        check(file).map_err(MediaError::NotAllowed)?;
        let (boundary, body) = form(file);
        let request = self
            .client
            .post(self.upload.clone())
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
            .body(body);
        let answer = self.object(request).await?;
        match &answer["id"] {
            Value::String(id) => Ok(id.clone()),
            Value::Number(id) => Ok(id.to_string()),
            _ => Err(MediaError::Later("the answer contains no media id".to_owned())),
        }
    }

    async fn download(&self, reference: &str, kind: MediaKind) -> Result<MediaFile, MediaError> {
        let description = self.describe(reference).await?;
        let url = self.own(&description.url)?;
        let limit = largest(kind);
        if description.file_size.is_some_and(|size| size > limit) {
            return Err(too_large(limit));
        }
        let bytes = self.bytes(url, limit).await?;
        verify(&bytes, &description)?;
        Ok(MediaFile {
            kind,
            mime: description.mime_type,
            filename: None,
            bytes,
        })
    }
}

fn verify(bytes: &Bytes, description: &Description) -> Result<(), MediaError> {
    let got = bytes.len() as u64;
    if let Some(told) = description.file_size.filter(|told| *told != got) {
        return Err(MediaError::Damaged(format!("{got} bytes of {told}")));
    }
    let sum = digest(&SHA256, bytes);
    // Hexadecimal here, base64 in webhooks; both mean the same.
    let told = description.sha256.trim();
    if told.eq_ignore_ascii_case(&hex::encode(sum)) || told == STANDARD.encode(sum) {
        return Ok(());
    }
    Err(MediaError::Damaged("its SHA-256 is another".to_owned()))
}

fn too_large(limit: u64) -> MediaError {
    MediaError::NotAllowed(format!("it is larger than {limit} bytes"))
}

fn by_status(status: u16) -> MediaError {
    let why = format!("HTTP {status}");
    match status {
        404 | 410 => MediaError::Gone(why),
        408 | 429 | 500.. => MediaError::Later(why),
        _ => MediaError::Refused(why),
    }
}

/// The form of an upload (RFC 7578) and its boundary: the digest of the file, which the file cannot contain.
fn form(file: &MediaFile) -> (String, Vec<u8>) {
    let boundary = format!("bellhop{}", hex::encode(digest(&SHA256, &file.bytes)));
    let plain = |text: &str| text.replace(|c: char| c.is_control() || c == '"' || c == '\\', "_");
    let (mime, name) = (plain(&file.mime), plain(file.filename.as_deref().unwrap_or("file")));
    let mut body = Vec::with_capacity(file.bytes.len() + 1024);
    for (field, value) in [("messaging_product", "whatsapp"), ("type", &mime)] {
        body.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: {mime}\r\n\r\n"
        )
        .as_bytes(),
    );
    body.extend_from_slice(&file.bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (boundary, body)
}
