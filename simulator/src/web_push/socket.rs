//! The side of a push service that browsers connect to: Mozilla's protocol over a WebSocket, as Firefox speaks it when `dom.push.serverURL` names this listener.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::unbounded_channel;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::browsers::Browsers;
use super::endpoint::ANY_KEY;
use crate::serve::Conversation;

pub(super) struct Socket {
    browsers: Arc<Browsers>,
    /// The root of the endpoints that are given out.
    root: String,
    numbers: std::sync::atomic::AtomicU64,
}

/// What a browser says.
#[derive(Debug, Deserialize)]
#[serde(tag = "messageType", rename_all = "snake_case")]
enum Said {
    Hello {
        #[serde(default)]
        uaid: String,
    },
    Register {
        #[serde(rename = "channelID")]
        channel: String,
        /// The site's `applicationServerKey`.
        key: Option<String>,
    },
    Unregister {
        #[serde(rename = "channelID")]
        channel: String,
    },
    Ack {
        updates: Vec<Update>,
    },
    /// News of Mozilla's own, and what newer browsers may say.
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Update {
    version: String,
}

impl Socket {
    pub(super) fn new(browsers: Arc<Browsers>, root: String) -> Self {
        Self {
            browsers,
            root,
            numbers: std::sync::atomic::AtomicU64::default(),
        }
    }

    /// The id of a browser; one that comes with an id keeps it.
    fn name(&self, uaid: String) -> String {
        if !uaid.is_empty() {
            return uaid;
        }
        let number = self.numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        format!("{number:032x}")
    }

    /// Handles one message from the browser `id`; returns the answer.
    fn hear(&self, id: &str, said: Said) -> Option<Value> {
        match said {
            Said::Register { channel, key } => {
                self.browsers.register(id, &channel);
                // Firefox pads it.
                let key = key.as_deref().map_or(ANY_KEY, |key| key.trim_end_matches('='));
                let endpoint = format!("{}/wpush/{id}/{channel}/{key}", self.root);
                Some(json!({"messageType": "register", "channelID": channel, "status": 200, "pushEndpoint": endpoint}))
            }
            Said::Unregister { channel } => {
                self.browsers.unregister(id, &channel);
                Some(json!({"messageType": "unregister", "channelID": channel, "status": 200}))
            }
            Said::Ack { updates } => {
                updates
                    .iter()
                    .for_each(|update| self.browsers.acknowledge(id, &update.version));
                None
            }
            Said::Hello { .. } | Said::Other => None,
        }
    }
}

impl Conversation for Socket {
    async fn converse<S>(self: Arc<Self>, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Ok(mut socket) = accept_async(stream).await else {
            return;
        };
        let (line, mut ours) = unbounded_channel();
        let mut id: Option<String> = None;
        loop {
            let answer = tokio::select! {
                heard = socket.next() => match heard {
                    Some(Ok(Message::Text(text))) if text.trim() == "{}" => Some(json!({})),
                    Some(Ok(Message::Text(text))) => match (serde_json::from_str(&text), &id) {
                        (Ok(Said::Hello { uaid }), _) => {
                            let name = self.name(uaid);
                            let hello = json!({"messageType": "hello", "status": 200, "uaid": name, "use_webpush": true, "broadcasts": {}});
                            // First the greeting, then what waits.
                            let _ = line.send(hello);
                            self.browsers.connect(&name, line.clone());
                            id = Some(name);
                            None
                        }
                        (Ok(said), Some(id)) => self.hear(id, said),
                        _ => None,
                    },
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    Some(Ok(_)) => None,
                },
                Some(own) = ours.recv() => Some(own),
            };
            if let Some(answer) = answer
                && socket.send(Message::text(answer.to_string())).await.is_err()
            {
                break;
            }
        }
        if let Some(id) = &id {
            self.browsers.disconnect(id);
        }
    }
}
