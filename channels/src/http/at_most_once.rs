//! What became of a request that got no whole answer: *never sent*, or *unknown*.
//!
//! A message is sent **at most once**, so the two must not be confused. A request is *never sent* only if nothing of it
//! can have reached the provider: there was no connection, or the request could not be made. The message is then tried
//! again. Once its bytes may have left, the provider may have taken the message, whatever became of the connection
//! afterwards: the outcome is *unknown*, and nobody sends it a second time.

use super::{Answer, describe};
use bellhop_domain::{Outcome, Timestamp};
use reqwest::Response;

/// Waits for the answer to a message, where the provider would send a repeat as a second message. `sent` is the request
/// on its way: `request.send()` or `client.execute(request)`.
///
/// # Errors
/// The outcome of a message without a whole answer: [`Outcome::Retry`] if it was never sent, else [`Outcome::Unknown`].
/// An answer whose body was cut off is unknown too, because its status alone does not say what became of the message.
pub(crate) async fn at_most_once(
    sent: impl Future<Output = reqwest::Result<Response>>,
    now: Timestamp,
) -> Result<Answer, Outcome> {
    let response = sent.await.map_err(|error| no_answer(was_never_sent(&error), error))?;
    Answer::read(response, now)
        .await
        .map_err(|cut| Outcome::Unknown { why: was_cut(&cut) })
}

/// The outcome of a message without an answer, where the provider replaces the first message by its repeat. So a request
/// that the server refused without processing it is tried again too.
pub(crate) fn no_answer_to_replaceable(error: reqwest::Error) -> Outcome {
    no_answer(was_never_sent(&error) || was_refused_unprocessed(&error), error)
}

/// Waits for the answer to a question, which changes nothing at the provider and so may be asked as often as one likes.
///
/// # Errors
/// Why there is no whole answer, without the URL.
pub(crate) async fn ask(
    sent: impl Future<Output = reqwest::Result<Response>>,
    now: Timestamp,
) -> Result<Answer, String> {
    let response = sent.await.map_err(describe)?;
    Answer::read(response, now).await.map_err(|cut| was_cut(&cut))
}

fn no_answer(surely_not_taken: bool, error: reqwest::Error) -> Outcome {
    let why = describe(error);
    if surely_not_taken {
        Outcome::Retry { after: None, why }
    } else {
        Outcome::Unknown { why }
    }
}

fn was_cut(answer: &Answer) -> String {
    format!("the reply was cut after HTTP {}", answer.status)
}

/// Whether the request cannot have reached the provider: no connection, or the request could not be made.
fn was_never_sent(error: &reqwest::Error) -> bool {
    error.is_connect() || error.is_builder()
}

/// Whether the server says over HTTP/2 that it did not process the request: `REFUSED_STREAM` or a graceful `GOAWAY`.
///
/// Only for providers that replace repeats: after a `GOAWAY`, a request that the server had begun on and then dropped
/// with the connection looks the same.
fn was_refused_unprocessed(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(h2) = error.downcast_ref::<h2::Error>() {
            return h2.is_remote()
                && ((h2.is_go_away() && h2.reason() == Some(h2::Reason::NO_ERROR))
                    || (h2.is_reset() && h2.reason() == Some(h2::Reason::REFUSED_STREAM)));
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::{HttpOptions, Protocol};
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const BODY: &[u8] = b"the whole request";
    /// Empty SETTINGS, then GOAWAY with last stream 0 and NO_ERROR (RFC 9113 §6.5, §6.8).
    const GRACEFUL_GOAWAY: &[u8] = b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";
    const CUT_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{";

    #[derive(Clone, Copy)]
    enum Then {
        Close,
        StaySilent,
    }

    /// Answers every connection with `bytes` once a request has come.
    async fn raw_server(bytes: &'static [u8], then: Then) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut heard = Vec::new();
                while !heard.windows(BODY.len()).any(|part| part == BODY) {
                    stream.read_buf(&mut heard).await.unwrap();
                }
                stream.write_all(bytes).await.unwrap();
                if matches!(then, Then::Close) {
                    stream.shutdown().await.unwrap();
                }
                // Until the client is gone: closing earlier could overtake the answer.
                while stream.read_buf(&mut heard).await.is_ok_and(|read| read > 0) {}
            }
        });
        url
    }

    /// The address of a port on which nobody listens.
    fn nobody() -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    fn post(protocol: Protocol, url: &str) -> reqwest::RequestBuilder {
        let client = HttpOptions::default().client(protocol).unwrap();
        client.post(url).body(BODY).timeout(Duration::from_millis(500))
    }

    #[tokio::test]
    async fn a_message_is_tried_again_only_if_nothing_of_it_can_have_left() {
        let now = Timestamp(0);
        for (url, never_sent, words) in [
            (nobody(), true, "onnect"),
            ("not a url".to_owned(), true, "builder"),
            (raw_server(b"", Then::StaySilent).await, false, "timed out"),
            (raw_server(b"", Then::Close).await, false, "error sending request"),
            (raw_server(CUT_ANSWER, Then::Close).await, false, "cut after HTTP 200"),
        ] {
            let outcome = at_most_once(post(Protocol::Http1, &url).send(), now).await.unwrap_err();
            let (retried, why) = match &outcome {
                Outcome::Retry { after: None, why } => (true, why),
                Outcome::Unknown { why } => (false, why),
                other => panic!("{other:?}"),
            };
            assert_eq!(retried, never_sent, "{url}: {outcome:?}");
            assert!(why.contains(words) && !why.contains(&url), "{url}: {outcome:?}");
            let asked = ask(post(Protocol::Http1, &url).send(), now).await.unwrap_err();
            assert!(asked.contains(words) && !asked.contains(&url), "{asked}");
        }
    }

    #[tokio::test]
    async fn a_graceful_goaway_is_a_refusal_where_repeats_are_replaced() {
        let url = raw_server(GRACEFUL_GOAWAY, Then::StaySilent).await;
        let failed = || async { post(Protocol::Http2, &url).send().await.unwrap_err() };
        let replaced = no_answer_to_replaceable(failed().await);
        assert!(matches!(replaced, Outcome::Retry { .. }), "{replaced:?}");
        let once = at_most_once(post(Protocol::Http2, &url).send(), Timestamp(0)).await;
        assert!(matches!(once, Err(Outcome::Unknown { .. })), "{once:?}");
    }

    #[tokio::test]
    async fn a_timeout_after_the_request_is_in_doubt_where_repeats_are_replaced_too() {
        let url = raw_server(b"", Then::StaySilent).await;
        let error = post(Protocol::Http1, &url).send().await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        let outcome = no_answer_to_replaceable(error);
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }
}
