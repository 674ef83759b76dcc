//! The acknowledgement of a delivery.

use futures_util::future::BoxFuture;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use lapin::{Acker, Channel};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::ANSWER_TIMEOUT;
use crate::broker::Receipt;

/// Keeps the channel open until the last task delivered over it is acknowledged, even without its consumer.
pub(super) struct InHand {
    acker: Option<(Acker, Channel)>,
    /// Needed when it is dropped, which may happen outside of the runtime.
    runtime: Handle,
}

impl InHand {
    /// Must be called inside a runtime.
    pub(super) fn new(acker: Acker, channel: Channel) -> Self {
        Self {
            acker: Some((acker, channel)),
            runtime: Handle::current(),
        }
    }
}

impl Receipt for InHand {
    fn ack(mut self: Box<Self>) -> BoxFuture<'static, ()> {
        let acker = self.acker.take();
        Box::pin(async move {
            let Some((acker, _channel)) = acker else { return };
            let acknowledged = timeout(ANSWER_TIMEOUT, acker.ack(BasicAckOptions::default())).await;
            if !matches!(acknowledged, Ok(Ok(true))) {
                tracing::debug!("the connection was lost before an acknowledgement; the task will come again");
            }
        })
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        if let Some((acker, channel)) = self.acker.take() {
            self.runtime.spawn(async move {
                give_back(&acker).await;
                drop(channel);
            });
        }
    }
}

/// Returns a task to its queue. If that fails, the connection is lost and the broker returns the task by itself.
pub(super) async fn give_back(acker: &Acker) {
    let options = BasicNackOptions {
        requeue: true,
        ..BasicNackOptions::default()
    };
    let _ = timeout(ANSWER_TIMEOUT, acker.nack(options)).await;
}
