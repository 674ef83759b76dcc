//! One client for all webhooks, without redirects, and without private addresses behind names or in URLs.

use super::signature::Signer;
use crate::http::{HttpOptions, Protocol, describe};
use crate::public_address::{PublicOnly, has_no_public_address, is_public};
use crate::test_host::TestHost;
use bellhop_domain::{Timestamp, masking};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};
use std::net::IpAddr;
use std::sync::Arc;

/// How long a call may take, connecting included.
const TIMEOUT_SECONDS: u64 = 10;
/// So many characters of an answer are kept.
const WORDS: usize = 200;

/// Why a URL is not called. It quotes nothing of the path, which may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitUrl {
    #[error("it is not a URL; write it like https://loyalty.example/bellhop")]
    NotAUrl,
    #[error("it begins with {0}:; only https: is called")]
    Unencrypted(String),
    #[error("it names a user; put what proves the caller into the webhook's secret, by which every call is signed")]
    NamesUser,
    #[error("{0} is not an address of the public Internet; calls into a private network are refused")]
    Private(String),
}

/// One call.
pub struct Call<'a> {
    pub url: &'a str,
    /// The header `webhook-id`: the same in every try.
    pub id: &'a str,
    pub body: &'a str,
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: Option<u16>,
    /// A few words of the answer, masked, or why there is none.
    pub words: String,
}

impl Answer {
    /// Any 2xx is a yes.
    pub fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    fn none(why: &str) -> Self {
        Self {
            status: None,
            words: few(why),
        }
    }
}

/// Calls webhooks.
#[derive(Debug)]
pub struct WebhookCaller {
    client: Client,
    test_hosts: Vec<TestHost>,
}

impl WebhookCaller {
    /// `test_hosts` may be called by plain http and wherever they are, like `127.0.0.1:8030`.
    ///
    /// # Errors
    /// Which test host is none.
    pub fn new(test_hosts: &[String]) -> Result<Self, String> {
        let test_hosts: Vec<TestHost> = test_hosts
            .iter()
            .map(|it| TestHost::parse(it))
            .collect::<Result<_, _>>()?;
        let exempt = test_hosts.iter().map(|test| test.host().to_owned()).collect();
        let options = HttpOptions {
            ca_file: None,
            timeout_seconds: TIMEOUT_SECONDS,
        };
        let client = options.client_with(Protocol::Any, |builder| {
            builder.dns_resolver(Arc::new(PublicOnly { exempt }))
        });
        Ok(Self {
            client: client.map_err(|why| why.to_string())?,
            test_hosts,
        })
    }

    /// The URL to call.
    ///
    /// # Errors
    /// Why it is not called.
    pub fn admit(&self, url: &str) -> Result<Url, UnfitUrl> {
        let mut url = Url::parse(url).map_err(|_| UnfitUrl::NotAUrl)?;
        url.set_fragment(None);
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UnfitUrl::NamesUser);
        }
        if self.test_hosts.iter().any(|test| test.is(&url)) && matches!(url.scheme(), "http" | "https") {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return Err(UnfitUrl::Unencrypted(url.scheme().to_owned()));
        }
        let host = url.host_str().ok_or(UnfitUrl::NotAUrl)?;
        // A name is judged by what it resolves to, an address as it stands.
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        if address.is_some_and(|address| !is_public(address)) {
            return Err(UnfitUrl::Private(host.to_owned()));
        }
        Ok(url)
    }

    /// Calls once.
    pub async fn call(&self, call: &Call<'_>, signer: &Signer) -> Answer {
        let url = match self.admit(call.url) {
            Ok(url) => url,
            Err(why) => return Answer::none(&why.to_string()),
        };
        let timestamp = call.now.0.div_euclid(1_000);
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header("webhook-id", call.id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signer.sign(call.id, timestamp, call.body))
            .body(call.body.to_owned());
        match request.send().await {
            Ok(response) => {
                let status = response.status();
                let read = crate::http::Answer::read(response, call.now).await;
                let body = read.unwrap_or_else(|cut_off| cut_off).body;
                let said = String::from_utf8_lossy(&body);
                let words = match status.is_redirection() {
                    true => "redirects are not followed; give the webhook its new address".to_owned(),
                    false => masking::words(&said),
                };
                Answer {
                    status: Some(status.as_u16()),
                    words: few(&words),
                }
            }
            Err(error) if has_no_public_address(&error) => {
                Answer::none("its name has no address of the public Internet here; private ones are not called")
            }
            Err(error) => Answer::none(&describe(error)),
        }
    }
}

fn few(words: &str) -> String {
    words.trim().chars().take(WORDS).collect()
}
